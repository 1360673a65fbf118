-- What people found alerts to be. A person's later word replaces the earlier one.
CREATE TABLE review (
    event_id         BLOB    NOT NULL CHECK (length(event_id) = 16),
    -- As the audit log names people.
    person           TEXT    NOT NULL,
    role             TEXT    NOT NULL,
    -- velum.v1.Verdict
    verdict          INTEGER NOT NULL,
    -- How many people must say the same, by the policy and by what is to follow.
    needed           INTEGER NOT NULL,
    reviewed_unix_ms INTEGER NOT NULL,
    PRIMARY KEY (event_id, person)
) STRICT, WITHOUT ROWID;

-- What was decided and goes beyond the control room, numbered by itself: the numbers tell nothing of other alerts.
CREATE TABLE reviewed (
    cursor           INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id         BLOB    NOT NULL CHECK (length(event_id) = 16),
    verdict          INTEGER NOT NULL,
    role             TEXT    NOT NULL,
    review_secs      INTEGER NOT NULL,
    reviewed_unix_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX reviewed_by_event ON reviewed (event_id);
