-- Which orders a box says that it does, and the scenarios that it has for exercises: a velum.v1.Hello with these alone.
ALTER TABLE box ADD COLUMN abilities BLOB NOT NULL DEFAULT x'';

-- After a decided review: no alert of an abandoned object at the place of an event for some days. The hub knows no place.
CREATE TABLE suppression (
    order_id          BLOB    NOT NULL PRIMARY KEY CHECK (length(order_id) = 16),
    box               TEXT    NOT NULL,
    -- The event that raised the alert.
    event_id          BLOB    NOT NULL CHECK (length(event_id) = 16),
    -- Where the policy tells it.
    camera            TEXT,
    -- velum.v1.Verdict, as it was decided.
    verdict           INTEGER NOT NULL,
    days              INTEGER NOT NULL,
    -- As the audit log names people.
    person            TEXT    NOT NULL,
    role              TEXT    NOT NULL,
    ordered_unix_ms   INTEGER NOT NULL,
    until_unix_ms     INTEGER NOT NULL,
    -- Somebody wants alerts there again: by which role, and since when.
    lifted_role       TEXT,
    lifted_unix_ms    INTEGER,
    -- velum.v1.SuppressionReceipt.Outcome; 0: the box has not answered.
    outcome           INTEGER NOT NULL DEFAULT 0,
    number            INTEGER NOT NULL DEFAULT 0,
    reason            TEXT    NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE INDEX suppression_by_box ON suppression (box, until_unix_ms);
CREATE INDEX suppression_by_event ON suppression (event_id);
