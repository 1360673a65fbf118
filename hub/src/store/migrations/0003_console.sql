-- Who may log in to the console.
CREATE TABLE console_user (
    name                TEXT    NOT NULL PRIMARY KEY,
    -- argon2id, in PHC text form; none until the person chose a password.
    password_hash       TEXT,
    -- Sessions of an older generation are over; whatever changes who the user is raises it.
    generation          INTEGER NOT NULL,
    created_unix_ms     INTEGER NOT NULL,
    last_login_unix_ms  INTEGER
) STRICT, WITHOUT ROWID;

-- One-time links by which a person chooses a password.
CREATE TABLE console_setup (
    -- SHA-256 of the secret; the secret itself is not kept.
    secret_sha256   BLOB    NOT NULL PRIMARY KEY CHECK (length(secret_sha256) = 32),
    -- None: the first user, who chooses a name too; good only while there is no user.
    user            TEXT    REFERENCES console_user (name) ON DELETE CASCADE,
    expires_unix_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
