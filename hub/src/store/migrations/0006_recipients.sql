-- The recipient roles that people were given, by the names of the audit log: `certificate:NAME` or `console:NAME`.
CREATE TABLE recipient_role (
    person          TEXT    NOT NULL,
    -- The role of a [[recipient]] in the published policies.
    role            TEXT    NOT NULL,
    given_unix_ms   INTEGER NOT NULL,
    PRIMARY KEY (person, role)
) STRICT, WITHOUT ROWID;

-- Giving a role is told to the audit log, too: by no rule, and with the role.
ALTER TABLE audit_note RENAME TO old_audit_note;
CREATE TABLE audit_note (
    id        INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    -- As the audit log names people: `certificate:NAME` or `console:NAME`.
    operator  TEXT    NOT NULL,
    -- What ended the access; none where access was given.
    rule      TEXT,
    recipient TEXT,
    words     TEXT    NOT NULL
) STRICT;
INSERT INTO audit_note (id, operator, rule, words) SELECT id, operator, rule, words FROM old_audit_note;
DROP TABLE old_audit_note;
