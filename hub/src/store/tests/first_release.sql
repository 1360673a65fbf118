-- A database of the first schema (hub/src/store/migrations/0001_records.sql as of 2026-11-21, the first hub), as SQL text: made with
-- that file, and with payloads in the protocol of that day. What a test finds in it after all later migrations stands in
-- first_release.rs. Never edit it: it stands for what hubs out there have.
PRAGMA user_version = 1;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
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
INSERT INTO box VALUES('lobby',2,1795270992000,X'823412d1eacb67956220e532959f0104603057c88704863ca38e7cd188fda812',X'9372c470eeadd5ecd9c3c74c2b3cb633f8e2f2fad799250a0f70d652b6b825e4d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa','0.1.0');
INSERT INTO box VALUES('yard',1,NULL,X'',X'','');
INSERT INTO box VALUES('new',1,NULL,X'',X'','');
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
INSERT INTO incarnation VALUES('lobby',X'3e23e8160039594a33894f6564e1b134',1,1,0,0,0,1,1795270992000);
INSERT INTO incarnation VALUES('lobby',X'ca978112ca1bbdcafac231b39a23dc4d',5,7,3,1,1,0,1795270991000);
INSERT INTO incarnation VALUES('yard',X'3e23e8160039594a33894f6564e1b134',1,1,1,0,0,0,1795270992000);
CREATE TABLE hole (
    box             TEXT    NOT NULL,
    incarnation     BLOB    NOT NULL,
    first_sequence  INTEGER NOT NULL,
    last_sequence   INTEGER NOT NULL,
    recorded_unix_ms INTEGER NOT NULL,
    PRIMARY KEY (box, incarnation, first_sequence),
    CHECK (first_sequence <= last_sequence)
) STRICT, WITHOUT ROWID;
INSERT INTO hole VALUES('lobby',X'ca978112ca1bbdcafac231b39a23dc4d',5,5,1795270992000);
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
INSERT INTO record VALUES(2,'lobby',X'ca978112ca1bbdcafac231b39a23dc4d',1,1,1,1795270992000,X'080112ce010a108b5cc4df7eec7d32a7814eca4af047ae1210df905058dd67a409fef81480e81e4736180120012a0a706f72742d76656c756d3207706c617a612d313a0472616d70420b08a0e3f4f39f3410e0d40352100a0873756974636173651204083c1078a00102a80101b2011a0a0f756e617474656e6465645f73656373110000000000c05240b80101c20120823412d1eacb67956220e532959f0104603057c88704863ca38e7cd188fda812ca01209372c470eeadd5ecd9c3c74c2b3cb633f8e2f2fad799250a0f70d652b6b825e4');
INSERT INTO record VALUES(3,'lobby',X'ca978112ca1bbdcafac231b39a23dc4d',2,2,NULL,1795270992001,X'08021a0b0a096d696e5f67726f7570');
INSERT INTO record VALUES(4,'lobby',X'ca978112ca1bbdcafac231b39a23dc4d',3,1,2,1795270992002,X'08031292010a10cef7fc13a38180936ffa26354890887712105b4535bdd79ff9cd7894fcc2779dc3ee180220013207706c617a612d315a290a0679656c6c6f771205677265656e1a04080a1014221209000000000000e03f11000000000000e83fb80101c20120823412d1eacb67956220e532959f0104603057c88704863ca38e7cd188fda812f2010d64656d6f6e7374726174696f6e');
INSERT INTO record VALUES(5,'lobby',X'ca978112ca1bbdcafac231b39a23dc4d',4,3,NULL,1795270992003,X'0804220c0a0a323032362d31312d3139');
INSERT INTO record VALUES(6,'lobby',X'ca978112ca1bbdcafac231b39a23dc4d',7,1,1,1795270992004,X'080712ce010a10f3e2e400523c506868ca413bc55dc2131210df905058dd67a409fef81480e81e4736180120032a0a706f72742d76656c756d3207706c617a612d313a0472616d70420b08a0e3f4f39f3410e0d40352100a0873756974636173651204083c1078a00102a80101b2011a0a0f756e617474656e6465645f73656373110000000000c05240b80101c20120823412d1eacb67956220e532959f0104603057c88704863ca38e7cd188fda812ca01209372c470eeadd5ecd9c3c74c2b3cb633f8e2f2fad799250a0f70d652b6b825e4');
INSERT INTO record VALUES(7,'lobby',X'3e23e8160039594a33894f6564e1b134',1,4,NULL,1795270992005,X'08012a290a1364617461626173655f756e7265616461626c651210ca978112ca1bbdcafac231b39a23dc4d1807');
INSERT INTO record VALUES(8,'yard',X'3e23e8160039594a33894f6564e1b134',1,1,3,1795270992006,X'080112460a100b227dd238234a0b1a29605d2857ea06180320023207706c617a612d3262020804c20120823412d1eacb67956220e532959f0104603057c88704863ca38e7cd188fda812');
CREATE TABLE coverage (
    box             TEXT    NOT NULL,
    camera          TEXT    NOT NULL,
    hour_unix_secs  INTEGER NOT NULL,
    -- velum.v1.CoverageBin
    payload         BLOB    NOT NULL,
    PRIMARY KEY (box, camera, hour_unix_secs)
) STRICT, WITHOUT ROWID;
INSERT INTO coverage VALUES('lobby','plaza-1',1795266000,X'0a07706c617a612d3110d0ab86d8061a05080110901c20d08c0128e8840130e807');
INSERT INTO coverage VALUES('lobby','plaza-1',1795269600,X'0a07706c617a612d3110e0c786d8061a05080110a40d1a040804106420d08c0128e8840130e807');
INSERT INTO coverage VALUES('yard','plaza-2',1795269600,X'0a07706c617a612d3210e0c786d8061a040802103c20d08c0128e8840130e807');
CREATE TABLE enrolment_token (
    -- SHA-256 of the secret; the secret itself is not kept.
    secret_sha256   BLOB    NOT NULL PRIMARY KEY CHECK (length(secret_sha256) = 32),
    box             TEXT    NOT NULL REFERENCES box (name),
    expires_unix_ms INTEGER NOT NULL,
    used_unix_ms    INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO enrolment_token VALUES(X'3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0','new',1795274592000,NULL);
INSERT INTO enrolment_token VALUES(X'f839161355091fcd9e33f571e0b11c60217a5009f9973e769c13d7858db162cc','lobby',1795270992000,1795270991500);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('record',8);
CREATE INDEX record_by_age ON record (stored_unix_ms);
CREATE INDEX coverage_by_age ON coverage (hour_unix_secs);
COMMIT;
