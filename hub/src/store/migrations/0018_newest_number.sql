-- The newest number that was ever given in each stream, by the name that every engine has it by.
CREATE VIEW newest_number (stream, newest) AS SELECT name, seq FROM sqlite_sequence;
