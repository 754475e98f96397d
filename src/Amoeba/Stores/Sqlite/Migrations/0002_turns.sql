-- Parents take turns where the caps are scarce, and a question's expiry is bound when it is asked.

ALTER TABLE leases ADD COLUMN least_light    INTEGER NOT NULL DEFAULT 0;
ALTER TABLE leases ADD COLUMN least_heavy    INTEGER NOT NULL DEFAULT 0;
ALTER TABLE leases ADD COLUMN least_programs INTEGER NOT NULL DEFAULT 0;
ALTER TABLE leases ADD COLUMN least_memory   INTEGER NOT NULL DEFAULT 0;
ALTER TABLE leases ADD COLUMN started        INTEGER NOT NULL DEFAULT 0;
ALTER TABLE leases ADD COLUMN place          INTEGER NOT NULL DEFAULT 0;   -- in line, the lowest first; 0 wants nothing
ALTER TABLE leases ADD COLUMN began          INTEGER;                      -- started when its turn began
ALTER TABLE leases ADD COLUMN asked          INTEGER NOT NULL DEFAULT 0;

ALTER TABLE approvals ADD COLUMN expires_into TEXT;
