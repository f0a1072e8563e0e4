-- What Stripe reports later of meter events that it took: it does not count them.

-- A code of a report, of which each has one or more. A report that is here was read: it is never acted on again.
CREATE TABLE billing.stripe_rejections (
  -- Stripe's name of the report.
  event_id text COLLATE "C" NOT NULL,
  -- Our word for why.
  code text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  read_at timestamptz NOT NULL DEFAULT now(),
  -- Stripe's name of the meter; NULL: it has none of the events' name, or the report could not be read.
  meter text,
  -- How many there are; for how many an entry was opened again; for how many it was left as it is; of how many no entry is
  -- known.
  events bigint NOT NULL CHECK (events >= 0),
  reopened bigint NOT NULL CHECK (reopened >= 0),
  not_reopened bigint NOT NULL CHECK (not_reopened >= 0),
  unnamed bigint NOT NULL CHECK (unnamed >= 0),
  PRIMARY KEY (event_id, code)
);
-- What could not be read is asked for again.
CREATE INDEX stripe_rejections_unreadable ON billing.stripe_rejections (created_at) WHERE code = 'report_unreadable';

-- When reports were last read to the end, by the database's clock; at first, as far back as Stripe lists them: entries may
-- have been sent before. Who takes a report locks the row.
CREATE TABLE billing.stripe_rejections_reading (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  read_to timestamptz NOT NULL
);
INSERT INTO billing.stripe_rejections_reading (read_to) VALUES (now() - interval '30 days');

-- r: delivered, as it seemed, and rejected later: the entry that took its place is in converted_into. What is there has
-- fewer outcomes, and is not looked through under the lock. Partitions lose and get the constraints with the table.
ALTER TABLE billing.outbox_history
  DROP CONSTRAINT outbox_history_outcome_check, DROP CONSTRAINT outbox_history_check;
ALTER TABLE billing.outbox_history
  ADD CONSTRAINT outbox_history_outcome_check CHECK (outcome IN ('d', 'b', 'x', 'c', 'r')) NOT VALID,
  ADD CONSTRAINT outbox_history_check CHECK (outcome IN ('c', 'r') OR converted_into IS NULL) NOT VALID;
