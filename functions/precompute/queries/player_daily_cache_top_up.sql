-- The form of the slate's players without a cache of the postgame run, as of their game's prediction time.
WITH
-- include: unforeseen.sql
-- include: form.sql
SELECT * FROM form
