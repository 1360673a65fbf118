-- Hubs that run on this database at the moment, and which of them each box talks to. SQLite has neither: one hub owns the file.
CREATE TABLE replica (
    -- Random, anew at each start.
    replica BYTEA NOT NULL PRIMARY KEY CHECK (length(replica) = 16),
    -- For people: the machine, and where boxes are heard there.
    name TEXT COLLATE "C" NOT NULL,
    -- By the server's clock.
    seen TIMESTAMPTZ NOT NULL
);

-- A box that connects anew takes the place of its older session, on whichever hub that is.
CREATE TABLE box_session (
    box TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    replica BYTEA NOT NULL,
    -- Of that hub's sessions.
    number BIGINT NOT NULL
);
