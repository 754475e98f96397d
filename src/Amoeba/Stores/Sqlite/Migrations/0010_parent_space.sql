-- The space of process numbers that a parent lives in: of another one's its number tells nothing.

ALTER TABLE parents ADD COLUMN space TEXT NOT NULL DEFAULT '';
