-- What `verify` need not do again, and how far the outbox's history goes back.

-- Closed periods that were found right. A mark says what was compared, not when: whatever changes a total changes the
-- digest, and the period is recomputed from its records as if there were no mark.
CREATE TABLE billing.verified_periods (
  company_id text COLLATE "C" NOT NULL,
  period_start date NOT NULL,
  -- SHA-256 of the period's totals, whole and by day, when they were what the records come to.
  totals bytea NOT NULL,
  -- SHA-256 of what Stripe was told of the period and its invoices, when each entry was found settled with its amount;
  -- NULL: not yet, or not since that changed.
  told bytea,
  PRIMARY KEY (company_id, period_start)
);

-- Entries settled before this moment may be gone with their month. No row: none was ever dropped.
CREATE TABLE billing.outbox_history_dropped (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  settled_before timestamptz NOT NULL
);

-- People name a line by its number alone.
CREATE INDEX invoice_lines_number ON billing.invoice_lines (line_no);
