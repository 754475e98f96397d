-- When heavy children may be started, or were, whichever parents they are of: the pace is one for all.

CREATE TABLE spawn_turns (
  kind TEXT    NOT NULL,   -- heavy | docker
  at   INTEGER NOT NULL
);

CREATE INDEX spawn_turns_newest ON spawn_turns (kind, at);
