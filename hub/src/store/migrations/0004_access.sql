-- Operators whose certificates are refused, by the name in them.
CREATE TABLE operator_revoked (
    name            TEXT    NOT NULL PRIMARY KEY,
    revoked_unix_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a command line changed about who may look: the running hub alone writes the audit log, and takes it from here.
CREATE TABLE audit_note (
    id       INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    -- As the audit log names people: `certificate:NAME` or `console:NAME`.
    operator TEXT    NOT NULL,
    rule     TEXT    NOT NULL,
    words    TEXT    NOT NULL
) STRICT;
