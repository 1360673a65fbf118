-- Plans of sites, as the hub drew them anew from what was uploaded: nothing of the uploaded bytes is kept.
CREATE TABLE site_plan (
    -- AUTOINCREMENT: no number is given twice, so that no page shows one plan for another.
    plan             INTEGER PRIMARY KEY AUTOINCREMENT,
    name             TEXT    NOT NULL UNIQUE,
    site             TEXT    NOT NULL,
    png              BLOB    NOT NULL,
    width_px         INTEGER NOT NULL CHECK (width_px > 0),
    height_px        INTEGER NOT NULL CHECK (height_px > 0),
    -- How often it was changed: who changes an older state than this is told.
    version          INTEGER NOT NULL
) STRICT;

-- Where cameras stand on a plan and how they look. Fractions are of the width and the height of the picture.
CREATE TABLE plan_camera (
    plan             INTEGER NOT NULL REFERENCES site_plan (plan) ON DELETE CASCADE,
    box              TEXT    NOT NULL,
    camera           TEXT    NOT NULL,
    x_fraction       REAL    NOT NULL CHECK (x_fraction BETWEEN 0 AND 1),
    y_fraction       REAL    NOT NULL CHECK (y_fraction BETWEEN 0 AND 1),
    -- Clockwise, 0 is up.
    heading_degrees  REAL    NOT NULL CHECK (heading_degrees >= 0 AND heading_degrees < 360),
    view_degrees     REAL    NOT NULL CHECK (view_degrees BETWEEN 5 AND 360),
    -- How far it sees, of the width of the picture.
    reach_fraction   REAL    NOT NULL CHECK (reach_fraction BETWEEN 0.01 AND 1),
    PRIMARY KEY (plan, box, camera)
) STRICT, WITHOUT ROWID;
