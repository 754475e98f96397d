-- Of what models wrote, what was thinking; and what a person should know of a result that stands.

ALTER TABLE jobs ADD COLUMN tokens_reasoning INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tasks ADD COLUMN tokens_reasoning INTEGER;
ALTER TABLE tasks ADD COLUMN note TEXT;

-- Attempts that ended before have figures already, and none of them thought.
UPDATE tasks SET tokens_reasoning = 0 WHERE tokens_input IS NOT NULL;
