-- Months of the ledger that are kept in files, not here.

CREATE TABLE billing.archived_months (
  month date PRIMARY KEY CHECK (extract(day FROM month) = 1),
  -- d: out of the ledger, on its way into a file; its table is still there. a: in the file alone. r: put back, to be read.
  state "char" NOT NULL CHECK (state IN ('d', 'a', 'r')),
  -- Of the last file made of it: its name without the folder, its rows, and the SHA-256 of all its bytes.
  file_name text,
  rows bigint,
  checksum bytea CHECK (octet_length(checksum) = 32),
  archived_at timestamptz,
  archived_by text,
  restored_at timestamptz,
  CHECK (state = 'd' OR (file_name IS NOT NULL AND rows IS NOT NULL AND checksum IS NOT NULL AND archived_at IS NOT NULL
    AND archived_by IS NOT NULL)),
  CHECK (state <> 'r' OR restored_at IS NOT NULL)
);

-- As before, but a month that was archived, or lies before one that was, is closed for good: what comes for it could have
-- been counted before, and the keys that would tell are gone. Recorders know the refusal by its code and table.
CREATE OR REPLACE FUNCTION billing.ensure_month(of_month date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  partition text := format('ledger_%s', to_char(of_month, 'YYYY_MM'));
BEGIN
  IF of_month <> date_trunc('month', of_month) THEN
    RAISE EXCEPTION 'not the first day of a month: %', of_month;
  END IF;
  -- Held by whoever archives, too.
  PERFORM pg_advisory_xact_lock(7361, 2);
  IF of_month <= (SELECT max(month) FROM billing.archived_months) THEN
    RAISE EXCEPTION 'the month is archived' USING ERRCODE = 'check_violation', SCHEMA = 'billing', TABLE = 'ledger';
  END IF;
  IF to_regclass('billing.' || partition) IS NULL THEN
    EXECUTE format('CREATE TABLE billing.%I (LIKE billing.ledger INCLUDING ALL)', partition);
    EXECUTE format('ALTER TABLE billing.ledger ATTACH PARTITION billing.%I FOR VALUES FROM (%L) TO (%L)',
      partition, of_month, (of_month + interval '1 month')::date);
  END IF;
END $$;
