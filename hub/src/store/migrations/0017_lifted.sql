-- Suspensions that administrators lifted. A box goes on where one is named here, and not because it is named nowhere: a hub
-- that was restored from a backup would otherwise set boxes to watch that were suspended since.
CREATE TABLE lifted_suspension (
    id              BLOB    PRIMARY KEY CHECK (length(id) = 16),
    box             TEXT    NOT NULL,
    lifted_unix_ms  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX lifted_suspension_by_box ON lifted_suspension (box, lifted_unix_ms);
