-- All that a hub remembers, on PostgreSQL. What the columns mean, the migrations of SQLite say beside this folder, where it is
-- not said here. Texts compare by their bytes (COLLATE "C"), as they do there.

-- Where in a text another begins, from 1; 0 where it does not: by the name that SQLite has it by.
CREATE FUNCTION instr(of TEXT, what TEXT) RETURNS INTEGER LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS 'SELECT strpos($1, $2)';

-- The newest number that was ever given in each stream whose numbers are read on from. No sequence: its numbers are given
-- before they can be seen, and whoever read on from the newest would miss those in between.
CREATE TABLE newest_number (
    stream  TEXT    NOT NULL PRIMARY KEY,
    newest  BIGINT  NOT NULL
);

-- What SQLite's AUTOINCREMENT does: no number is given twice, not even after deletion.
CREATE FUNCTION keep_newest() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    highest BIGINT;
BEGIN
    EXECUTE format('SELECT max(%I) FROM arrived', TG_ARGV[1]) INTO highest;
    INSERT INTO newest_number (stream, newest) SELECT TG_ARGV[0], highest WHERE highest IS NOT NULL
    ON CONFLICT (stream) DO UPDATE SET newest = GREATEST(newest_number.newest, excluded.newest);
    RETURN NULL;
END
$$;

CREATE TABLE box (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- Certificates of an older generation are refused; a revocation raises it.
    minimum_generation BIGINT NOT NULL DEFAULT 1,
    last_seen_unix_ms BIGINT,
    policy_digest BYTEA NOT NULL DEFAULT '',
    -- Each 32 bytes, one after the other.
    model_digests BYTEA NOT NULL DEFAULT '',
    version TEXT COLLATE "C" NOT NULL DEFAULT '',
    policy_id TEXT COLLATE "C" NOT NULL DEFAULT '',
    offered_digest BYTEA NOT NULL DEFAULT '',
    policy_outcome BIGINT NOT NULL DEFAULT 0,
    policy_reason TEXT COLLATE "C" NOT NULL DEFAULT '',
    certificate_ends_unix_ms BIGINT,
    certificate_generation BIGINT,
    told_state BYTEA,
    told_state_unix_ms BIGINT,
    abilities BYTEA NOT NULL DEFAULT ''
);

CREATE TABLE incarnation (
    box TEXT COLLATE "C" NOT NULL REFERENCES box (name),
    incarnation BYTEA NOT NULL CHECK (length(incarnation) = 16),
    -- Every number up to here is stored, or lies in a hole: this is what is acknowledged.
    contiguous BIGINT NOT NULL DEFAULT 0,
    highest BIGINT NOT NULL DEFAULT 0,
    stored BIGINT NOT NULL DEFAULT 0,
    withheld BIGINT NOT NULL DEFAULT 0,
    expired BIGINT NOT NULL DEFAULT 0,
    lost BIGINT NOT NULL DEFAULT 0,
    first_seen_unix_ms BIGINT NOT NULL,
    PRIMARY KEY (box, incarnation)
);

CREATE TABLE hole (
    box TEXT COLLATE "C" NOT NULL,
    incarnation BYTEA NOT NULL,
    first_sequence BIGINT NOT NULL,
    last_sequence BIGINT NOT NULL,
    recorded_unix_ms BIGINT NOT NULL,
    PRIMARY KEY (box, incarnation, first_sequence),
    CHECK (first_sequence <= last_sequence)
);

CREATE TABLE record (
    cursor BIGINT PRIMARY KEY,
    box TEXT COLLATE "C" NOT NULL,
    incarnation BYTEA NOT NULL CHECK (length(incarnation) = 16),
    sequence BIGINT NOT NULL CHECK (sequence >= 1),
    -- 1 event, 2 withheld, 3 expired, 4 lost
    end_kind BIGINT NOT NULL CHECK (end_kind BETWEEN 1 AND 4),
    -- velum.v1.EventKind, of events only
    event_kind BIGINT,
    stored_unix_ms BIGINT NOT NULL,
    -- velum.v1.Record
    payload BYTEA NOT NULL,
    -- The event's id, of events only.
    event_id BYTEA,
    -- The cursor of an older record of the same event.
    same_as BIGINT,
    UNIQUE (box, incarnation, sequence)
);

CREATE TRIGGER newest_record AFTER INSERT ON record REFERENCING NEW TABLE AS arrived
    FOR EACH STATEMENT EXECUTE FUNCTION keep_newest('record', 'cursor');

CREATE INDEX record_by_age ON record (stored_unix_ms);

CREATE TABLE coverage (
    box TEXT COLLATE "C" NOT NULL,
    camera TEXT COLLATE "C" NOT NULL,
    hour_unix_secs BIGINT NOT NULL,
    -- velum.v1.CoverageBin
    payload BYTEA NOT NULL,
    PRIMARY KEY (box, camera, hour_unix_secs)
);

CREATE INDEX coverage_by_age ON coverage (hour_unix_secs);

CREATE TABLE enrolment_token (
    -- SHA-256 of the secret; the secret itself is not kept.
    secret_sha256 BYTEA NOT NULL PRIMARY KEY CHECK (length(secret_sha256) = 32),
    box TEXT COLLATE "C" NOT NULL REFERENCES box (name),
    expires_unix_ms BIGINT NOT NULL,
    used_unix_ms BIGINT
);

CREATE INDEX record_by_event ON record (box, event_id) WHERE event_id IS NOT NULL;

CREATE TABLE console_user (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- argon2id, in PHC text form; none until the person chose a password.
    password_hash TEXT COLLATE "C",
    -- Sessions of an older generation are over; whatever changes who the user is raises it.
    generation BIGINT NOT NULL,
    created_unix_ms BIGINT NOT NULL,
    last_login_unix_ms BIGINT,
    administrator BOOLEAN NOT NULL DEFAULT FALSE
);

CREATE TABLE console_setup (
    -- SHA-256 of the secret; the secret itself is not kept.
    secret_sha256 BYTEA NOT NULL PRIMARY KEY CHECK (length(secret_sha256) = 32),
    -- None: the first user, who chooses a name too; good only while there is no user.
    "user" TEXT COLLATE "C" REFERENCES console_user (name) ON DELETE CASCADE,
    expires_unix_ms BIGINT NOT NULL
);

CREATE TABLE operator_revoked (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    revoked_unix_ms BIGINT NOT NULL
);

CREATE TABLE policy (
    place BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    -- SHA-256 of the file inside.
    digest BYTEA NOT NULL UNIQUE CHECK (length(digest) = 32),
    policy_id TEXT COLLATE "C" NOT NULL,
    -- DSSE envelopes, JSON.
    envelope TEXT COLLATE "C" NOT NULL,
    opinion TEXT COLLATE "C",
    published_by TEXT COLLATE "C" NOT NULL,
    published_unix_ms BIGINT NOT NULL
);

CREATE TABLE recipient_role (
    person TEXT COLLATE "C" NOT NULL,
    -- The role of a [[recipient]] in the published policies.
    role TEXT COLLATE "C" NOT NULL,
    given_unix_ms BIGINT NOT NULL,
    PRIMARY KEY (person, role)
);

CREATE TABLE audit_note (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    -- As the audit log names people: `certificate:NAME` or `console:NAME`.
    operator TEXT COLLATE "C" NOT NULL,
    -- What ended the access; none where access was given.
    rule TEXT COLLATE "C",
    recipient TEXT COLLATE "C",
    words TEXT COLLATE "C" NOT NULL
);

CREATE TABLE review (
    event_id BYTEA NOT NULL CHECK (length(event_id) = 16),
    -- As the audit log names people.
    person TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    -- velum.v1.Verdict
    verdict BIGINT NOT NULL,
    -- How many people must say the same, by the policy and by what is to follow.
    needed BIGINT NOT NULL,
    reviewed_unix_ms BIGINT NOT NULL,
    PRIMARY KEY (event_id, person)
);

CREATE TABLE reviewed (
    cursor BIGINT PRIMARY KEY,
    event_id BYTEA NOT NULL CHECK (length(event_id) = 16),
    verdict BIGINT NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    review_secs BIGINT NOT NULL,
    reviewed_unix_ms BIGINT NOT NULL
);

CREATE TRIGGER newest_reviewed AFTER INSERT ON reviewed REFERENCING NEW TABLE AS arrived
    FOR EACH STATEMENT EXECUTE FUNCTION keep_newest('reviewed', 'cursor');

CREATE INDEX reviewed_by_event ON reviewed (event_id);

CREATE TABLE alert (
    event_id BYTEA NOT NULL PRIMARY KEY CHECK (length(event_id) = 16),
    -- Who looks at it: as the audit log names people, by which role, and until when.
    taken_by TEXT COLLATE "C",
    taken_role TEXT COLLATE "C",
    taken_until_unix_ms BIGINT,
    -- Why somebody wants others to look, by which role, and since when.
    escalation TEXT COLLATE "C",
    escalated_role TEXT COLLATE "C",
    escalated_unix_ms BIGINT,
    -- The time to review it has passed: 1 it is kept, 2 its content was erased.
    lapse BIGINT CHECK (lapse BETWEEN 1 AND 2),
    -- Of an erased one: what its later events name, and what decides who is told that it was erased.
    box TEXT COLLATE "C",
    alert_id BYTEA,
    event_kind BIGINT,
    policy_digest BYTEA,
    stored_unix_ms BIGINT,
    changed_unix_ms BIGINT NOT NULL
);

CREATE INDEX alert_erased ON alert (box, alert_id) WHERE lapse = 2;

CREATE TABLE alert_change (
    change BIGINT PRIMARY KEY,
    event_id BYTEA NOT NULL UNIQUE CHECK (length(event_id) = 16),
    changed_unix_ms BIGINT NOT NULL
);

CREATE TRIGGER newest_alert_change AFTER INSERT ON alert_change REFERENCING NEW TABLE AS arrived
    FOR EACH STATEMENT EXECUTE FUNCTION keep_newest('alert_change', 'change');

CREATE TABLE connector (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- 'records' or 'reviewed': whose numbers the cursor is of.
    stream TEXT COLLATE "C" NOT NULL,
    cursor BIGINT NOT NULL,
    acknowledged_unix_ms BIGINT,
    -- A word of connectors::state, and what was in the way last.
    state TEXT COLLATE "C" NOT NULL,
    error TEXT COLLATE "C" NOT NULL DEFAULT '',
    -- Failures in a row.
    attempts BIGINT NOT NULL DEFAULT 0,
    changed_unix_ms BIGINT NOT NULL
);

CREATE TABLE connector_dead (
    connector TEXT COLLATE "C" NOT NULL,
    stream TEXT COLLATE "C" NOT NULL,
    cursor BIGINT NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    attempts BIGINT NOT NULL,
    dead_unix_ms BIGINT NOT NULL,
    -- A person asked that it is sent again.
    replay BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (connector, stream, cursor)
);

CREATE TABLE camera_settings (
    box TEXT COLLATE "C" NOT NULL,
    camera TEXT COLLATE "C" NOT NULL,
    settings TEXT COLLATE "C" NOT NULL,
    -- SHA-256 of `settings`.
    digest BYTEA NOT NULL CHECK (length(digest) = 32),
    from_hub BOOLEAN NOT NULL,
    takes_settings BOOLEAN NOT NULL,
    told_unix_ms BIGINT NOT NULL,
    PRIMARY KEY (box, camera)
);

CREATE TABLE settings_change (
    place BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    id BYTEA NOT NULL UNIQUE CHECK (length(id) = 16),
    box TEXT COLLATE "C" NOT NULL,
    camera TEXT COLLATE "C" NOT NULL,
    settings TEXT COLLATE "C" NOT NULL,
    base_digest BYTEA NOT NULL CHECK (length(base_digest) = 32),
    note TEXT COLLATE "C" NOT NULL,
    proposed_by TEXT COLLATE "C" NOT NULL,
    proposed_unix_ms BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('proposed', 'approved', 'offered', 'in_force', 'refused',
                                                        'rolled_back', 'withdrawn', 'declined', 'superseded')),
    decided_by TEXT COLLATE "C",
    decided_unix_ms BIGINT,
    -- When it was handed to the box last.
    offered_unix_ms BIGINT,
    -- The words of whoever decided, or of the box.
    reason TEXT COLLATE "C",
    -- What the box found wrong with it: [{"path": ..., "text": ...}].
    problems TEXT COLLATE "C" NOT NULL DEFAULT '[]'
);

CREATE UNIQUE INDEX settings_change_waiting ON settings_change (box, camera)
    WHERE state IN ('proposed', 'approved', 'offered');

CREATE TABLE suspension (
    id BYTEA PRIMARY KEY CHECK (length(id) = 16),
    box TEXT COLLATE "C" NOT NULL,
    -- Empty: every camera of the box.
    camera TEXT COLLATE "C" NOT NULL,
    suspended_by TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    since_unix_ms BIGINT NOT NULL,
    UNIQUE (box, camera)
);

CREATE TABLE site_plan (
    plan BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    site TEXT COLLATE "C" NOT NULL,
    png BYTEA NOT NULL,
    width_px BIGINT NOT NULL CHECK (width_px > 0),
    height_px BIGINT NOT NULL CHECK (height_px > 0),
    -- How often it was changed: who changes an older state than this is told.
    version BIGINT NOT NULL
);

CREATE TABLE plan_camera (
    plan BIGINT NOT NULL REFERENCES site_plan (plan) ON DELETE CASCADE,
    box TEXT COLLATE "C" NOT NULL,
    camera TEXT COLLATE "C" NOT NULL,
    x_fraction DOUBLE PRECISION NOT NULL CHECK (x_fraction BETWEEN 0 AND 1),
    y_fraction DOUBLE PRECISION NOT NULL CHECK (y_fraction BETWEEN 0 AND 1),
    -- Clockwise, 0 is up.
    heading_degrees DOUBLE PRECISION NOT NULL CHECK (heading_degrees >= 0 AND heading_degrees < 360),
    view_degrees DOUBLE PRECISION NOT NULL CHECK (view_degrees BETWEEN 5 AND 360),
    -- How far it sees, of the width of the picture.
    reach_fraction DOUBLE PRECISION NOT NULL CHECK (reach_fraction BETWEEN 0.01 AND 1),
    PRIMARY KEY (plan, box, camera)
);

CREATE TABLE review_text (
    -- Random: it names the text to whoever asks for it, and says nothing.
    text_id BYTEA NOT NULL PRIMARY KEY CHECK (length(text_id) = 16),
    event_id BYTEA NOT NULL CHECK (length(event_id) = 16),
    -- As the audit log names people.
    person TEXT COLLATE "C" NOT NULL,
    -- The day of its key, UTC, for example 2026-11-27.
    key_day TEXT COLLATE "C" NOT NULL,
    -- 12 bytes of nonce, the text with its length and its padding, 16 bytes of tag.
    sealed BYTEA NOT NULL,
    written_unix_ms BIGINT NOT NULL,
    UNIQUE (event_id, person)
);

CREATE TABLE suppression (
    order_id BYTEA NOT NULL PRIMARY KEY CHECK (length(order_id) = 16),
    box TEXT COLLATE "C" NOT NULL,
    -- The event that raised the alert.
    event_id BYTEA NOT NULL CHECK (length(event_id) = 16),
    -- Where the policy tells it.
    camera TEXT COLLATE "C",
    -- velum.v1.Verdict, as it was decided.
    verdict BIGINT NOT NULL,
    days BIGINT NOT NULL,
    -- As the audit log names people.
    person TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    ordered_unix_ms BIGINT NOT NULL,
    until_unix_ms BIGINT NOT NULL,
    -- Somebody wants alerts there again: by which role, and since when.
    lifted_role TEXT COLLATE "C",
    lifted_unix_ms BIGINT,
    -- velum.v1.SuppressionReceipt.Outcome; 0: the box has not answered.
    outcome BIGINT NOT NULL DEFAULT 0,
    number BIGINT NOT NULL DEFAULT 0,
    reason TEXT COLLATE "C" NOT NULL DEFAULT ''
);

CREATE INDEX suppression_by_box ON suppression (box, until_unix_ms);

CREATE INDEX suppression_by_event ON suppression (event_id);

CREATE TABLE exercise (
    order_id BYTEA NOT NULL PRIMARY KEY CHECK (length(order_id) = 16),
    box TEXT COLLATE "C" NOT NULL,
    camera TEXT COLLATE "C" NOT NULL,
    -- velum.v1.Scenario, as the box had it when it was ordered.
    scenario BYTEA NOT NULL,
    -- In the words of whoever ordered it; never leaves the hub.
    why TEXT COLLATE "C" NOT NULL,
    -- As the audit log names people.
    person TEXT COLLATE "C" NOT NULL,
    ordered_unix_ms BIGINT NOT NULL,
    expires_unix_ms BIGINT NOT NULL,
    stopped_unix_ms BIGINT,
    -- velum.v1.ExerciseReport.State; 0: the box has not answered.
    state BIGINT NOT NULL DEFAULT 0,
    began_unix_ms BIGINT NOT NULL DEFAULT 0,
    ended_unix_ms BIGINT NOT NULL DEFAULT 0,
    reason TEXT COLLATE "C" NOT NULL DEFAULT ''
);

CREATE INDEX exercise_by_time ON exercise (ordered_unix_ms);

CREATE TABLE exercise_act (
    event_id BYTEA NOT NULL CHECK (length(event_id) = 16),
    person TEXT COLLATE "C" NOT NULL,
    -- shown, took, escalated, said
    what TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    -- Of what was said: a verdict; of an escalation its reason.
    code TEXT COLLATE "C" NOT NULL,
    unix_ms BIGINT NOT NULL,
    PRIMARY KEY (event_id, person, what)
);

CREATE TABLE lifted_suspension (
    id BYTEA PRIMARY KEY CHECK (length(id) = 16),
    box TEXT COLLATE "C" NOT NULL,
    lifted_unix_ms BIGINT NOT NULL
);

CREATE INDEX lifted_suspension_by_box ON lifted_suspension (box, lifted_unix_ms);
