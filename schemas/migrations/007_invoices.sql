-- What was charged: invoices, their lines, and of each total how much stands on lines.

ALTER TABLE billing.companies
  -- The first day that the base fee is owed for; NULL: all of the first billing period.
  ADD COLUMN joined_on date,
  -- The first day that it is no longer owed for; NULL: the company stays.
  ADD COLUMN left_on date,
  ADD CHECK (left_on > joined_on);

-- Closing looks for these alone, however many are closed.
CREATE INDEX billing_periods_open ON billing.billing_periods (period_end, company_id) WHERE closed_at IS NULL;

-- On how many lines the total stands. Whoever adds to a total that stands on one learns so from the total itself, and
-- marks the records: so each line knows its records (ledger.after_lines), and no recorder takes a lock for it.
ALTER TABLE billing.usage_periods ADD COLUMN charged_lines smallint NOT NULL DEFAULT 0;

-- Whether it is on a line. Billing looks for the others alone, however many are billed.
ALTER TABLE billing.charges ADD COLUMN billed boolean NOT NULL DEFAULT false;
CREATE INDEX charges_unbilled ON billing.charges (company_id, occurred_at) WHERE NOT billed;

-- How much of a total stands on lines. A row is there as soon as there is a line.
CREATE TABLE billing.metric_charges (
  company_id text COLLATE "C" NOT NULL,
  metric text COLLATE "C" NOT NULL,
  period_start date NOT NULL,
  -- The total as the last line left it, and what all lines come to, in the currency's minor unit.
  charged_quantity numeric NOT NULL,
  charged_amount numeric NOT NULL,
  lines smallint NOT NULL CHECK (lines > 0),
  PRIMARY KEY (company_id, metric, period_start),
  FOREIGN KEY (company_id, period_start) REFERENCES billing.billing_periods
) WITH (fillfactor = 80);

-- The last number given out. Taken as late in a transaction as can be, and given back by whoever rolls back: so numbers
-- have no gaps.
CREATE TABLE billing.invoice_numbers (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  last bigint NOT NULL
);
INSERT INTO billing.invoice_numbers (last) VALUES (0);

CREATE TABLE billing.invoices (
  company_id text COLLATE "C" NOT NULL REFERENCES billing.companies,
  invoice_no bigint NOT NULL,
  -- period: a billing period's. one_off, setup_fee: charges billed at once. orders: orders billed ahead of their period's end.
  type text NOT NULL CHECK (type IN ('period', 'one_off', 'setup_fee', 'orders')),
  -- As Stripe's.
  state text NOT NULL CHECK (state IN ('draft', 'open', 'paid', 'uncollectible', 'void')),
  -- Which way Stripe gets it. s: the subscription's own invoice. c: one that we create. n: not at all.
  route "char" NOT NULL CHECK (route IN ('s', 'c', 'n')),
  period_start date NOT NULL,
  period_end date NOT NULL,
  currency text NOT NULL,
  -- The sum of its lines, in the currency's minor unit.
  total numeric NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  finalized_at timestamptz,
  -- The outbox's entry that finalizes it (c).
  finalize_entry uuid,
  PRIMARY KEY (company_id, invoice_no),
  CHECK ((route = 'c') = (finalize_entry IS NOT NULL))
);
CREATE UNIQUE INDEX invoices_period ON billing.invoices (company_id, period_start) WHERE type = 'period';
CREATE UNIQUE INDEX invoices_number ON billing.invoices (invoice_no);
CREATE INDEX invoices_draft ON billing.invoices (created_at) WHERE state = 'draft';

CREATE TABLE billing.invoice_lines (
  company_id text COLLATE "C" NOT NULL,
  line_no bigint GENERATED ALWAYS AS IDENTITY,
  invoice_no bigint NOT NULL,
  -- usage: a total, from the first unit on, when its period is closed. late: what it has changed by since its last line.
  kind text NOT NULL CHECK (kind IN ('base_fee', 'usage', 'late', 'charge')),
  -- Of whose prices: the invoice's period, or an earlier one for late.
  period_start date NOT NULL,
  period_end date NOT NULL,
  metric text COLLATE "C",
  -- Of the line, and of the total up to and with it.
  quantity numeric,
  total_quantity numeric,
  -- Which of the total's lines it is, from 1 on.
  total_line smallint,
  charge_number bigint,
  -- Of a base fee: the days it is for.
  days smallint,
  amount numeric NOT NULL,
  -- How Stripe gets it. m: by the metric's meter, or an item of its report. s: the subscription's own price. i: as the
  -- invoice item of the entry. n: not at all, or comes to nothing.
  route "char" NOT NULL CHECK (route IN ('m', 's', 'i', 'n')),
  entry_id uuid,
  PRIMARY KEY (company_id, line_no),
  FOREIGN KEY (company_id, invoice_no) REFERENCES billing.invoices,
  CHECK ((kind IN ('usage', 'late'))
    = (metric IS NOT NULL AND quantity IS NOT NULL AND total_quantity IS NOT NULL AND total_line IS NOT NULL)),
  CHECK ((kind = 'charge') = (charge_number IS NOT NULL)),
  CHECK ((kind = 'base_fee') = (days IS NOT NULL)),
  CHECK (entry_id IS NULL OR route IN ('i', 's'))
);
CREATE INDEX invoice_lines_invoice ON billing.invoice_lines (company_id, invoice_no);
CREATE UNIQUE INDEX invoice_lines_total ON billing.invoice_lines (company_id, metric, period_start, total_line)
  WHERE metric IS NOT NULL;
CREATE UNIQUE INDEX invoice_lines_charge ON billing.invoice_lines (company_id, charge_number) WHERE charge_number IS NOT NULL;

-- Of a line of a metric that is itemized: what each subject's part of it comes to. The parts' amounts add up to the line's.
CREATE TABLE billing.invoice_line_subjects (
  company_id text COLLATE "C" NOT NULL,
  line_no bigint NOT NULL,
  -- From 1 on, in the order of the subjects' first records.
  place integer NOT NULL,
  -- NULL: records without a subject, or the subject was erased.
  subject_pseudonym bytea,
  events bigint NOT NULL,
  quantity numeric NOT NULL,
  amount numeric NOT NULL,
  PRIMARY KEY (company_id, line_no, place),
  FOREIGN KEY (company_id, line_no) REFERENCES billing.invoice_lines
);
CREATE INDEX invoice_line_subjects_subject ON billing.invoice_line_subjects (company_id, subject_pseudonym)
  WHERE subject_pseudonym IS NOT NULL;
