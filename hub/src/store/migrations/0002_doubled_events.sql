-- The event's id, of events only.
ALTER TABLE record ADD COLUMN event_id BLOB;
-- The cursor of an older record of the same event: a box whose disk was set back may send an event again under
-- another number. The record stays and its number is accounted for, but the event is shown once.
ALTER TABLE record ADD COLUMN same_as INTEGER;

CREATE INDEX record_by_event ON record (box, event_id) WHERE event_id IS NOT NULL;
