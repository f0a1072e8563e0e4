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
  -- When Stripe looked at the events.
  window_start timestamptz NOT NULL,
  window_end timestamptz NOT NULL,
  -- How many there are; for how many an entry was opened again; how many are named and are no entries of ours; how many
  -- are not named, and not found otherwise.
  events bigint NOT NULL CHECK (events >= 0),
  reopened bigint NOT NULL DEFAULT 0,
  foreign_events bigint NOT NULL DEFAULT 0,
  unnamed bigint NOT NULL DEFAULT 0 CHECK (unnamed >= 0),
  -- When those that are not named were looked for; NULL: not yet.
  searched_at timestamptz,
  PRIMARY KEY (event_id, code)
);
CREATE INDEX stripe_rejections_unsearched ON billing.stripe_rejections (window_end)
  WHERE unnamed > 0 AND searched_at IS NULL;

-- When reports were last read to the end; at first, when there could be none. Who takes a report locks the row.
CREATE TABLE billing.stripe_rejections_reading (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  read_to timestamptz NOT NULL
);
INSERT INTO billing.stripe_rejections_reading (read_to) VALUES (now());

-- r: delivered, as it seemed, and rejected later: the entry that took its place is in converted_into.
ALTER TABLE billing.outbox_history
  DROP CONSTRAINT outbox_history_outcome_check, DROP CONSTRAINT outbox_history_check;
DO $$
DECLARE
  partition regclass;
BEGIN
  -- Partitions have constraints of their own under the same names.
  FOR partition IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'billing.outbox_history'::regclass LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT outbox_history_outcome_check, DROP CONSTRAINT outbox_history_check',
      partition);
  END LOOP;
END $$;
ALTER TABLE billing.outbox_history
  ADD CONSTRAINT outbox_history_outcome_check CHECK (outcome IN ('d', 'b', 'x', 'c', 'r')),
  ADD CONSTRAINT outbox_history_check CHECK (outcome IN ('c', 'r') OR converted_into IS NULL);
