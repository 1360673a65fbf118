-- A box, as its certificate names it.
CREATE TABLE box (
    name                TEXT    NOT NULL PRIMARY KEY,
    -- Certificates of an older generation are refused; a revocation raises it.
    minimum_generation  INTEGER NOT NULL DEFAULT 1,
    last_seen_unix_ms   INTEGER,
    policy_digest       BLOB    NOT NULL DEFAULT x'',
    -- Each 32 bytes, one after the other.
    model_digests       BLOB    NOT NULL DEFAULT x'',
    version             TEXT    NOT NULL DEFAULT ''
) STRICT;

-- The accounting of one outbox on one disk. It outlives the deletion of old records.
CREATE TABLE incarnation (
    box             TEXT    NOT NULL REFERENCES box (name),
    incarnation     BLOB    NOT NULL CHECK (length(incarnation) = 16),
    -- Every number up to here is stored, or lies in a hole: this is what is acknowledged.
    contiguous      INTEGER NOT NULL DEFAULT 0,
    highest         INTEGER NOT NULL DEFAULT 0,
    stored          INTEGER NOT NULL DEFAULT 0,
    withheld        INTEGER NOT NULL DEFAULT 0,
    expired         INTEGER NOT NULL DEFAULT 0,
    lost            INTEGER NOT NULL DEFAULT 0,
    first_seen_unix_ms INTEGER NOT NULL,
    PRIMARY KEY (box, incarnation)
) STRICT, WITHOUT ROWID;

-- Numbers that the box no longer has and the hub never got, or lost with a restored backup.
CREATE TABLE hole (
    box             TEXT    NOT NULL,
    incarnation     BLOB    NOT NULL,
    first_sequence  INTEGER NOT NULL,
    last_sequence   INTEGER NOT NULL,
    recorded_unix_ms INTEGER NOT NULL,
    PRIMARY KEY (box, incarnation, first_sequence),
    CHECK (first_sequence <= last_sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE record (
    -- AUTOINCREMENT: a cursor is never given twice, not even after deletion.
    cursor          INTEGER PRIMARY KEY AUTOINCREMENT,
    box             TEXT    NOT NULL,
    incarnation     BLOB    NOT NULL CHECK (length(incarnation) = 16),
    sequence        INTEGER NOT NULL CHECK (sequence >= 1),
    -- 1 event, 2 withheld, 3 expired, 4 lost
    end_kind        INTEGER NOT NULL CHECK (end_kind BETWEEN 1 AND 4),
    -- velum.v1.EventKind, of events only
    event_kind      INTEGER,
    stored_unix_ms  INTEGER NOT NULL,
    -- velum.v1.Record
    payload         BLOB    NOT NULL,
    UNIQUE (box, incarnation, sequence)
) STRICT;

CREATE INDEX record_by_age ON record (stored_unix_ms);

CREATE TABLE coverage (
    box             TEXT    NOT NULL,
    camera          TEXT    NOT NULL,
    hour_unix_secs  INTEGER NOT NULL,
    -- velum.v1.CoverageBin
    payload         BLOB    NOT NULL,
    PRIMARY KEY (box, camera, hour_unix_secs)
) STRICT, WITHOUT ROWID;

CREATE INDEX coverage_by_age ON coverage (hour_unix_secs);

CREATE TABLE enrolment_token (
    -- SHA-256 of the secret; the secret itself is not kept.
    secret_sha256   BLOB    NOT NULL PRIMARY KEY CHECK (length(secret_sha256) = 32),
    box             TEXT    NOT NULL REFERENCES box (name),
    expires_unix_ms INTEGER NOT NULL,
    used_unix_ms    INTEGER
) STRICT, WITHOUT ROWID;
