-- Times are microseconds since 1970 (UTC), durations seconds, sizes bytes, money billionths of a dollar.
-- rev is the number of the commit that last wrote a row; followers read rev > n.

CREATE TABLE meta (
  one        INTEGER PRIMARY KEY CHECK (one = 1),
  rev        INTEGER NOT NULL,
  audit_head BLOB NOT NULL          -- hash of the newest audit entry
);
INSERT INTO meta VALUES (1, 0, zeroblob(32));

CREATE TABLE parents (
  id         TEXT PRIMARY KEY,
  pid        INTEGER NOT NULL,
  boot       TEXT NOT NULL,
  start_time INTEGER NOT NULL,
  started    INTEGER NOT NULL,
  version    TEXT NOT NULL,
  rev        INTEGER NOT NULL
);

CREATE TABLE leases (
  parent TEXT PRIMARY KEY REFERENCES parents (id) ON DELETE CASCADE,
  want_light    INTEGER NOT NULL, want_heavy    INTEGER NOT NULL, want_programs    INTEGER NOT NULL, want_memory    INTEGER NOT NULL,
  use_light     INTEGER NOT NULL, use_heavy     INTEGER NOT NULL, use_programs     INTEGER NOT NULL, use_memory     INTEGER NOT NULL,
  granted_light INTEGER NOT NULL, granted_heavy INTEGER NOT NULL, granted_programs INTEGER NOT NULL, granted_memory INTEGER NOT NULL
) WITHOUT ROWID;

-- A key is never used twice: a late write to a deleted job can never reach another one.
CREATE TABLE jobs (
  key           INTEGER PRIMARY KEY AUTOINCREMENT,
  id            TEXT NOT NULL UNIQUE,
  name          TEXT NOT NULL,
  type          TEXT NOT NULL,
  folder        TEXT NOT NULL,
  branch        TEXT NOT NULL,
  priority      TEXT NOT NULL,
  created       INTEGER NOT NULL,
  seed          INTEGER NOT NULL,
  parent_job    TEXT,
  parent_task   INTEGER,
  call_number   INTEGER,
  depth         INTEGER NOT NULL,
  state         TEXT NOT NULL,
  reason        TEXT,
  width         INTEGER NOT NULL,
  total         INTEGER NOT NULL,
  running       INTEGER NOT NULL,
  succeeded     INTEGER NOT NULL,
  failed        INTEGER NOT NULL,
  skipped       INTEGER NOT NULL,
  cancelled     INTEGER NOT NULL,
  started       INTEGER,
  finished      INTEGER,
  active_seconds REAL NOT NULL,
  active_since  INTEGER,
  task_seconds  REAL NOT NULL,
  tokens_input  INTEGER NOT NULL,
  tokens_output INTEGER NOT NULL,
  tokens_cached INTEGER NOT NULL,
  cost          INTEGER NOT NULL,
  progress      INTEGER NOT NULL,
  output_place  INTEGER NOT NULL,   -- 0 none, 1 inline, 2 segment, 3 file
  output_name   TEXT,
  output_offset INTEGER NOT NULL,
  output_length INTEGER NOT NULL,
  output_hash   INTEGER NOT NULL,
  output_inline BLOB,
  owner         TEXT,
  epoch         INTEGER NOT NULL,
  rev           INTEGER NOT NULL
);
CREATE INDEX jobs_created ON jobs (created);
CREATE INDEX jobs_finished ON jobs (finished) WHERE finished IS NOT NULL;
CREATE UNIQUE INDEX jobs_nested ON jobs (parent_job, parent_task, call_number) WHERE parent_job IS NOT NULL;

-- Apart from jobs, because they may be long and a job's row is written with every commit.
CREATE TABLE job_texts (
  job      INTEGER PRIMARY KEY REFERENCES jobs (key) ON DELETE CASCADE,
  plan     TEXT NOT NULL,
  options  TEXT NOT NULL,
  stages   TEXT NOT NULL,
  budget   TEXT,
  decision TEXT,
  skips    TEXT                      -- why whole stages were skipped, by stage
);

-- id is the job's key * 2^32 + the task's ordinal: one number, so that a row is found and written fastest.
CREATE TABLE tasks (
  id            INTEGER PRIMARY KEY,
  items         INTEGER NOT NULL,
  state         INTEGER NOT NULL,   -- 0 waiting, 1 running, 2 succeeded, 3 failed, 4 skipped, 5 cancelled
  attempt       INTEGER NOT NULL,
  failures      INTEGER NOT NULL,
  losses        INTEGER NOT NULL,
  loss_progress INTEGER NOT NULL,
  not_before    INTEGER,
  started       INTEGER,
  finished      INTEGER,
  child         TEXT,
  error         TEXT,
  output_place  INTEGER NOT NULL,
  output_name   TEXT,
  output_offset INTEGER NOT NULL,
  output_length INTEGER NOT NULL,
  output_hash   INTEGER NOT NULL,
  output_inline BLOB,
  rev           INTEGER NOT NULL,
  spawn         REAL,               -- null before an attempt ended; so are the rest
  execution     REAL,
  teardown      REAL,
  peak_memory   INTEGER,
  cpu_seconds   REAL,
  output_bytes  INTEGER,
  tokens_input  INTEGER,
  tokens_output INTEGER,
  tokens_cached INTEGER,
  cost          INTEGER,
  tool          TEXT
);
CREATE INDEX tasks_not_succeeded ON tasks (state, id) WHERE state <> 2;

-- Which tasks a commit wrote: the change feed, at one row a commit instead of an index entry a task.
CREATE TABLE task_changes (
  job      INTEGER NOT NULL,
  rev      INTEGER NOT NULL,
  ordinals BLOB NOT NULL,           -- 4 bytes each, little-endian
  PRIMARY KEY (job, rev)
) WITHOUT ROWID;

CREATE TABLE children (
  id      TEXT PRIMARY KEY,
  job     TEXT NOT NULL,
  parent  TEXT NOT NULL,
  cell    TEXT NOT NULL,
  state   TEXT NOT NULL,
  pid     INTEGER,
  started INTEGER NOT NULL,
  rev     INTEGER NOT NULL
);

CREATE TABLE approvals (
  seq      INTEGER PRIMARY KEY,
  id       TEXT NOT NULL UNIQUE,
  job      TEXT NOT NULL,
  asks     TEXT NOT NULL,
  hash     TEXT NOT NULL,
  created  INTEGER NOT NULL,
  expires  INTEGER,
  answer   TEXT,
  children INTEGER,
  answered INTEGER,
  by_whom  TEXT,
  rev      INTEGER NOT NULL
);
CREATE INDEX approvals_job ON approvals (job);

CREATE TABLE requests (
  seq      INTEGER PRIMARY KEY,
  id       TEXT NOT NULL UNIQUE,
  job      TEXT NOT NULL,
  kind     TEXT NOT NULL,
  argument TEXT,
  by_whom  TEXT NOT NULL,
  created  INTEGER NOT NULL,
  answer   TEXT,
  rev      INTEGER NOT NULL
);
CREATE INDEX requests_job ON requests (job);
CREATE INDEX requests_open ON requests (seq) WHERE answer IS NULL;

CREATE TABLE audit (
  seq  INTEGER PRIMARY KEY,
  at   INTEGER NOT NULL,
  who  TEXT NOT NULL,
  what TEXT NOT NULL,
  job  TEXT,
  why  TEXT NOT NULL,
  hash BLOB NOT NULL                -- SHA-256 of the hash before it and this entry
);
CREATE INDEX audit_job ON audit (job) WHERE job IS NOT NULL;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_is_never_shortened BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;

-- For people with a SQL prompt.
CREATE VIEW task_list AS
  SELECT jobs.id AS job, tasks.id & 4294967295 AS ordinal,
         CASE tasks.state WHEN 0 THEN 'waiting' WHEN 1 THEN 'running' WHEN 2 THEN 'succeeded'
                          WHEN 3 THEN 'failed' WHEN 4 THEN 'skipped' ELSE 'cancelled' END AS state,
         tasks.items, tasks.attempt, tasks.failures, tasks.started, tasks.finished, tasks.child, tasks.error,
         tasks.output_length, tasks.execution, tasks.peak_memory, tasks.rev
  FROM tasks JOIN jobs ON jobs.key = tasks.id >> 32;
