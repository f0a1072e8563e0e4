-- What was told to Stripe of each total, and from which period on a company's usage is told at all.

ALTER TABLE billing.companies
  -- Usage of the billing period that holds this day, and of later ones, is reported. NULL: stripe_mode was always off.
  ADD COLUMN stripe_since date,
  -- The subscription bills periods that begin on this day or later; usage of earlier ones becomes invoice items.
  ADD COLUMN stripe_subscription_start date,
  -- The start of the billing period whose prices the subscription was given last, and what they are (a digest). NULL: it is
  -- not ours to change; somebody else has made it.
  ADD COLUMN stripe_priced_from date,
  ADD COLUMN stripe_priced_as text,
  ADD CHECK ((stripe_priced_from IS NULL) = (stripe_priced_as IS NULL));

-- Two companies on one customer would be billed to whichever pays first.
-- Partial: a change of a column in a whole unique index would count as one of the row's key, and keep out everybody who
-- inserts a row that refers to the company.
CREATE UNIQUE INDEX companies_stripe_customer ON billing.companies (stripe_customer) WHERE stripe_customer IS NOT NULL;

-- How much of a total has an entry in the outbox. Changed only together with writing or converting those entries, and
-- only while its row is locked: that is what keeps a quantity from being told twice.
CREATE TABLE billing.meter_reports (
  company_id text COLLATE "C" NOT NULL,
  metric text COLLATE "C" NOT NULL,
  period_start date NOT NULL,
  -- What meter events were written for, less those that were converted into invoice items.
  reported numeric NOT NULL DEFAULT 0,
  -- What invoice items were written for, and what they came to, in the currency's minor unit.
  itemized numeric NOT NULL DEFAULT 0,
  itemized_amount numeric NOT NULL DEFAULT 0,
  -- The newest minute that a meter event stands in; the next one stands in a later one.
  last_minute timestamptz,
  changed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (company_id, metric, period_start),
  FOREIGN KEY (company_id, period_start) REFERENCES billing.billing_periods
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

-- When each of the scheduler's jobs was last done to its end, whichever replica did it.
CREATE TABLE billing.scheduler_runs (
  job text COLLATE "C" PRIMARY KEY,
  -- The time as of which it looked, and what it took.
  started_at timestamptz NOT NULL,
  finished_at timestamptz NOT NULL
);
