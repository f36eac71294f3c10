-- From version 3 to 4: the kind of a failure (include/tenants/journal/failure.h), which was told from its
-- words until then. '' stands for a kind that was not told yet.

ALTER TABLE failure ADD COLUMN kind TEXT NOT NULL DEFAULT '';
