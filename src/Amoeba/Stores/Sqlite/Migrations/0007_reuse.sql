-- Results that are an earlier job's, and attempts that failed and were followed by others.

ALTER TABLE tasks ADD COLUMN reused  TEXT;
ALTER TABLE jobs  ADD COLUMN reused  INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs  ADD COLUMN retries INTEGER NOT NULL DEFAULT 0;
