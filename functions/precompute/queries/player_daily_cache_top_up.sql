-- The form of the slate's players whom the postgame run did not foresee, as of their game's prediction time.
WITH
-- include: unforeseen.sql
-- include: form.sql
SELECT * FROM form
