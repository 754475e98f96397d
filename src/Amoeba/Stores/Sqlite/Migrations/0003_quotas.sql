-- What all parents together reserve of what servers allow. Times here are microseconds of the ledger's own clock.

CREATE TABLE quota_clock (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  now     INTEGER NOT NULL,
  machine INTEGER NOT NULL,         -- the machine's clock when now was written
  wall    INTEGER NOT NULL          -- and the wall's
);
INSERT INTO quota_clock VALUES (1, 0, 0, 0);

CREATE TABLE quota_keys (
  key   TEXT PRIMARY KEY,
  state BLOB NOT NULL,              -- the window of the last minute, and what was found out
  used  INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE quota_parents (
  parent TEXT PRIMARY KEY REFERENCES parents (id) ON DELETE CASCADE,
  seen   INTEGER NOT NULL
) WITHOUT ROWID;

-- Calls that wait or are under way.
CREATE TABLE quota_tickets (
  key     TEXT NOT NULL,
  parent  TEXT NOT NULL REFERENCES parents (id) ON DELETE CASCADE,
  number  INTEGER NOT NULL,
  job     TEXT NOT NULL,
  tokens  INTEGER NOT NULL,
  came    INTEGER NOT NULL,
  granted INTEGER,
  PRIMARY KEY (key, parent, number)
) WITHOUT ROWID;
CREATE INDEX quota_tickets_parent ON quota_tickets (parent);
