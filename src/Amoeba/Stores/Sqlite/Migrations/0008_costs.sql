-- What every attempt cost, not the last one's alone; and the limit that a child's attempt is near.

ALTER TABLE tasks    ADD COLUMN earlier TEXT;
ALTER TABLE children ADD COLUMN warning TEXT;
ALTER TABLE jobs ADD COLUMN used_attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN used_spawn    REAL NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN used_teardown REAL NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN used_cpu      REAL NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN used_memory   INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN used_output   INTEGER NOT NULL DEFAULT 0;
