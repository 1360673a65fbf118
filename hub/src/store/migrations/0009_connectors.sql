-- How far each connector of hub.toml has handed on, and how it is. A cursor is acknowledged by the target.
CREATE TABLE connector (
    name                 TEXT    NOT NULL PRIMARY KEY,
    -- 'records' or 'reviewed': whose numbers the cursor is of.
    stream               TEXT    NOT NULL,
    cursor               INTEGER NOT NULL,
    acknowledged_unix_ms INTEGER,
    -- A word of connectors::state, and what was in the way last.
    state                TEXT    NOT NULL,
    error                TEXT    NOT NULL DEFAULT '',
    -- Failures in a row.
    attempts             INTEGER NOT NULL DEFAULT 0,
    changed_unix_ms      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a target refused for good: numbers, never what stands behind them.
CREATE TABLE connector_dead (
    connector    TEXT    NOT NULL,
    stream       TEXT    NOT NULL,
    cursor       INTEGER NOT NULL,
    reason       TEXT    NOT NULL,
    attempts     INTEGER NOT NULL,
    dead_unix_ms INTEGER NOT NULL,
    -- 1: a person asked that it is sent again.
    replay       INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (connector, stream, cursor)
) STRICT, WITHOUT ROWID;
