-- Scenarios that people had played in the place of a camera, for as long as their events are kept.
CREATE TABLE exercise (
    order_id         BLOB    NOT NULL PRIMARY KEY CHECK (length(order_id) = 16),
    box              TEXT    NOT NULL,
    camera           TEXT    NOT NULL,
    -- velum.v1.Scenario, as the box had it when it was ordered.
    scenario         BLOB    NOT NULL,
    -- In the words of whoever ordered it; never leaves the hub.
    why              TEXT    NOT NULL,
    -- As the audit log names people.
    person           TEXT    NOT NULL,
    ordered_unix_ms  INTEGER NOT NULL,
    expires_unix_ms  INTEGER NOT NULL,
    stopped_unix_ms  INTEGER,
    -- velum.v1.ExerciseReport.State; 0: the box has not answered.
    state            INTEGER NOT NULL DEFAULT 0,
    began_unix_ms    INTEGER NOT NULL DEFAULT 0,
    ended_unix_ms    INTEGER NOT NULL DEFAULT 0,
    reason           TEXT    NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE INDEX exercise_by_time ON exercise (ordered_unix_ms);

-- What people did about the alerts of exercises, and whose page showed them: for the debrief, and of no other alert.
CREATE TABLE exercise_act (
    event_id   BLOB    NOT NULL CHECK (length(event_id) = 16),
    person     TEXT    NOT NULL,
    -- shown, took, escalated, said
    what       TEXT    NOT NULL,
    role       TEXT    NOT NULL,
    -- Of what was said: a verdict; of an escalation its reason.
    code       TEXT    NOT NULL,
    unix_ms    INTEGER NOT NULL,
    PRIMARY KEY (event_id, person, what)
) STRICT, WITHOUT ROWID;
