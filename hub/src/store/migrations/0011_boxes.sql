-- The settings that boxes told last of their cameras: {"zones": [...], "ground_plane": [...]}.
CREATE TABLE camera_settings (
    box             TEXT    NOT NULL,
    camera          TEXT    NOT NULL,
    settings        TEXT    NOT NULL,
    -- SHA-256 of `settings`.
    digest          BLOB    NOT NULL CHECK (length(digest) = 32),
    from_hub        INTEGER NOT NULL,
    takes_settings  INTEGER NOT NULL,
    told_unix_ms    INTEGER NOT NULL,
    PRIMARY KEY (box, camera)
) STRICT;

-- Changes that administrators proposed. None is ever deleted: what a box runs by is to be explained.
CREATE TABLE settings_change (
    place             INTEGER PRIMARY KEY AUTOINCREMENT,
    id                BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    box               TEXT    NOT NULL,
    camera            TEXT    NOT NULL,
    settings          TEXT    NOT NULL,
    base_digest       BLOB    NOT NULL CHECK (length(base_digest) = 32),
    note              TEXT    NOT NULL,
    proposed_by       TEXT    NOT NULL,
    proposed_unix_ms  INTEGER NOT NULL,
    state             TEXT    NOT NULL CHECK (state IN ('proposed', 'approved', 'offered', 'in_force', 'refused',
                                                        'rolled_back', 'withdrawn', 'declined', 'superseded')),
    decided_by        TEXT,
    decided_unix_ms   INTEGER,
    -- When it was handed to the box last.
    offered_unix_ms   INTEGER,
    -- The words of whoever decided, or of the box.
    reason            TEXT,
    -- What the box found wrong with it: [{"path": ..., "text": ...}].
    problems          TEXT    NOT NULL DEFAULT '[]'
) STRICT;
-- One change of a camera at a time waits for somebody.
CREATE UNIQUE INDEX settings_change_waiting ON settings_change (box, camera)
    WHERE state IN ('proposed', 'approved', 'offered');

-- Boxes and cameras that administrators suspended; gone once they resumed them.
CREATE TABLE suspension (
    id             BLOB    PRIMARY KEY CHECK (length(id) = 16),
    box            TEXT    NOT NULL,
    -- Empty: every camera of the box.
    camera         TEXT    NOT NULL,
    suspended_by   TEXT    NOT NULL,
    reason         TEXT    NOT NULL,
    since_unix_ms  INTEGER NOT NULL,
    UNIQUE (box, camera)
) STRICT, WITHOUT ROWID;

-- velum.v1.BoxState, as the box told it last.
ALTER TABLE box ADD COLUMN told_state         BLOB;
ALTER TABLE box ADD COLUMN told_state_unix_ms INTEGER;
