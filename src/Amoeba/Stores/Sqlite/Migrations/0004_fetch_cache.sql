-- Answers of servers that fetch asks about instead of fetching them again. Nobody follows them, so there is no rev.
CREATE TABLE fetch_answers (
  id            INTEGER PRIMARY KEY,
  key           TEXT NOT NULL UNIQUE,   -- hash of address and headers: an address may hold a token
  stored        INTEGER NOT NULL,
  fresh_until   INTEGER,
  etag          TEXT,
  last_modified TEXT,
  content_type  TEXT,
  used          INTEGER NOT NULL,
  size          INTEGER NOT NULL
);
CREATE INDEX fetch_answers_used ON fetch_answers (used);

-- Apart, because a body is long and its answer's row is written with every use.
CREATE TABLE fetch_bodies (
  id   INTEGER PRIMARY KEY,
  body BLOB NOT NULL
);

CREATE TABLE fetch_size (
  one   INTEGER PRIMARY KEY CHECK (one = 1),
  bytes INTEGER NOT NULL
);
INSERT INTO fetch_size VALUES (1, 0);

CREATE TRIGGER fetch_answer_added AFTER INSERT ON fetch_answers BEGIN
  UPDATE fetch_size SET bytes = bytes + new.size;
END;
CREATE TRIGGER fetch_answer_removed AFTER DELETE ON fetch_answers BEGIN
  DELETE FROM fetch_bodies WHERE id = old.id;
  UPDATE fetch_size SET bytes = bytes - old.size;
END;
