-- What people write beside their verdicts. It may say anything, so it lies apart and sealed: AES-256-GCM under the key of the
-- day on which it was written, which is no part of this file or of a backup. Where that key is destroyed, nobody reads it.
CREATE TABLE review_text (
    -- Random: it names the text to whoever asks for it, and says nothing.
    text_id         BLOB    NOT NULL PRIMARY KEY CHECK (length(text_id) = 16),
    event_id        BLOB    NOT NULL CHECK (length(event_id) = 16),
    -- As the audit log names people.
    person          TEXT    NOT NULL,
    -- The day of its key, UTC, for example 2026-11-27.
    key_day         TEXT    NOT NULL,
    -- 12 bytes of nonce, the text with its length and its padding, 16 bytes of tag.
    sealed          BLOB    NOT NULL,
    written_unix_ms INTEGER NOT NULL,
    UNIQUE (event_id, person)
) STRICT, WITHOUT ROWID;
