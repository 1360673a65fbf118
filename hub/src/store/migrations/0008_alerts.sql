-- Where an alert stands beside what people said of it, by the event that raised it.
CREATE TABLE alert (
    event_id            BLOB    NOT NULL PRIMARY KEY CHECK (length(event_id) = 16),
    -- Who looks at it: as the audit log names people, by which role, and until when.
    taken_by            TEXT,
    taken_role          TEXT,
    taken_until_unix_ms INTEGER,
    -- Why somebody wants others to look, by which role, and since when.
    escalation          TEXT,
    escalated_role      TEXT,
    escalated_unix_ms   INTEGER,
    -- The time to review it has passed: 1 it is kept, 2 its content was erased.
    lapse               INTEGER CHECK (lapse BETWEEN 1 AND 2),
    -- Of an erased one: what its later events name, and what decides who is told that it was erased.
    box                 TEXT,
    alert_id            BLOB,
    event_kind          INTEGER,
    policy_digest       BLOB,
    stored_unix_ms      INTEGER,
    changed_unix_ms     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX alert_erased ON alert (box, alert_id) WHERE lapse = 2;

-- Which alerts changed last, reviews among it: pages read on from here. AUTOINCREMENT: no number is given twice.
CREATE TABLE alert_change (
    change          INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id        BLOB    NOT NULL UNIQUE CHECK (length(event_id) = 16),
    changed_unix_ms INTEGER NOT NULL
) STRICT;
