-- Signed policies, in the order in which they were published. None is ever changed or deleted: events name them.
CREATE TABLE policy (
    place              INTEGER PRIMARY KEY AUTOINCREMENT,
    -- SHA-256 of the file inside.
    digest             BLOB    NOT NULL UNIQUE CHECK (length(digest) = 32),
    policy_id          TEXT    NOT NULL,
    -- DSSE envelopes, JSON.
    envelope           TEXT    NOT NULL,
    opinion            TEXT,
    published_by       TEXT    NOT NULL,
    published_unix_ms  INTEGER NOT NULL
) STRICT;

-- Of the policy that the box runs or waits for, and of what it was offered last.
ALTER TABLE box ADD COLUMN policy_id      TEXT    NOT NULL DEFAULT '';
ALTER TABLE box ADD COLUMN offered_digest BLOB    NOT NULL DEFAULT x'';
-- velum.v1.PolicyReceipt.Outcome
ALTER TABLE box ADD COLUMN policy_outcome INTEGER NOT NULL DEFAULT 0;
ALTER TABLE box ADD COLUMN policy_reason  TEXT    NOT NULL DEFAULT '';
