-- What a child's attempt waits for that is no work of its own, such as a quota, and until when.

ALTER TABLE children ADD COLUMN waits_for   TEXT;
ALTER TABLE children ADD COLUMN waits_until INTEGER;
