-- Companies, billing periods, the usage ledger, its totals, alerts and the event outbox.
--
-- Every key begins with the company, so that the schema can be spread over a distributed PostgreSQL by company. Text keys
-- collate as "C": replicas order their writes by bytes, and comparing bytes is several times faster than a locale.

-- One row. Its version grows with every change of the catalog or of a company; recorders compare it at the start of
-- each transaction and read again what changed.
CREATE TABLE billing.registry_version (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  version bigint NOT NULL
);
INSERT INTO billing.registry_version (version) VALUES (1);

-- Every catalog that was ever applied; the greatest version is in force.
CREATE TABLE billing.catalog_versions (
  version bigint PRIMARY KEY,
  document text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now(),
  applied_by text NOT NULL
);

CREATE TABLE billing.companies (
  company_id text COLLATE "C" PRIMARY KEY CHECK (company_id ~ '^[A-Za-z0-9._:-]{1,128}$'),
  display_name text,
  -- NULL: seen in a message, not yet registered by a person.
  registered_at timestamptz,
  plan_id text,
  currency text,
  anchor_day smallint NOT NULL DEFAULT 1 CHECK (anchor_day BETWEEN 1 AND 31),
  status text NOT NULL DEFAULT 'active'
    CHECK (status IN ('active', 'trialing', 'past_due', 'paused', 'cancelled')),
  stripe_customer text,
  stripe_subscription text,
  stripe_mode text NOT NULL DEFAULT 'off' CHECK (stripe_mode IN ('off', 'shadow', 'live')),
  created_at timestamptz NOT NULL DEFAULT now(),
  -- The registry's version at this row's last change.
  version bigint NOT NULL,
  CHECK (registered_at IS NULL OR (plan_id IS NOT NULL AND currency IS NOT NULL))
);
CREATE INDEX companies_version ON billing.companies (version);

-- A company's own price, quota, threshold or levels for a metric; NULL: the plan's.
CREATE TABLE billing.company_rates (
  company_id text COLLATE "C" NOT NULL REFERENCES billing.companies,
  metric text COLLATE "C" NOT NULL,
  -- Price and quota hold for periods that begin on this day or later, threshold and levels from this day on.
  effective_from date NOT NULL DEFAULT '0001-01-01',
  unit_price numeric,
  included numeric,
  threshold numeric,
  levels numeric[],
  PRIMARY KEY (company_id, metric, effective_from)
);

-- Contiguous per company, from UTC midnight to UTC midnight, the end exclusive; bounds never change once begun.
CREATE TABLE billing.billing_periods (
  company_id text COLLATE "C" NOT NULL REFERENCES billing.companies,
  period_start date NOT NULL,
  period_end date NOT NULL,
  -- NULL while the company is unregistered: registering decides them.
  plan_id text,
  currency text,
  closed_at timestamptz,
  PRIMARY KEY (company_id, period_start),
  UNIQUE (company_id, period_end),
  CHECK (period_end > period_start)
);

-- The ledger: usage records, and reservations of their ids. Read it by the views below; only what writes it, or asks for a
-- key whatever stands there, goes to the table.
CREATE TABLE billing.ledger (
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  month date NOT NULL CHECK (month = date_trunc('month', occurred_at AT TIME ZONE 'UTC')::date),
  -- u: usage. v: takes the record back whose id follows "void:". a: a void has come, its record is awaited.
  -- r: no record, the reservation of an id. The month in the key would let an id in again on the other side of a month's
  -- boundary; a record of a month's last two days has the key in the next month too, against one of its first two.
  kind "char" NOT NULL DEFAULT 'u' CHECK (kind IN ('u', 'v', 'a', 'r')),
  voided boolean NOT NULL DEFAULT false,
  company_id text COLLATE "C" NOT NULL,
  usage_id text COLLATE "C" NOT NULL,
  metric text COLLATE "C" NOT NULL,
  -- As sent, and as it goes into the total (raised to the metric's minimum; 1 for metrics that count).
  quantity numeric NOT NULL,
  counted numeric NOT NULL,
  -- Keyed pseudonyms: a key number and an HMAC-SHA-256.
  user_pseudonym bytea,
  subject_pseudonym bytea,
  subscription_pseudonym bytea,
  -- A JSON object as sent, checked by the decoder. Not json, which would check it again; not jsonb, which refuses some
  -- legal documents.
  metadata text,
  -- On how many invoice lines the total stood when the record was added to it, and so which line of the total it is on:
  -- the next. NULL: on none.
  after_lines smallint,
  PRIMARY KEY (company_id, usage_id, month)
) PARTITION BY RANGE (month);

-- One row is one counted fact, once for a company, usage id and month (UTC) of its timestamp.
CREATE VIEW billing.usage_records AS
SELECT occurred_at, recorded_at, month, kind, voided, company_id, usage_id, metric, quantity, counted, user_pseudonym,
  subject_pseudonym, subscription_pseudonym, metadata, after_lines
FROM billing.ledger WHERE kind <> 'r';

-- Ids that are kept out of a month's first two days (boundary: its first day) by a record of the month before.
CREATE VIEW billing.usage_boundary_ids AS
SELECT month AS boundary, (month - interval '1 month')::date AS month, company_id, usage_id
FROM billing.ledger WHERE kind = 'r';

-- Makes the month's partition, if it is not there. It is attached, not created as a partition: that would lock out every
-- writer of the whole table.
CREATE FUNCTION billing.ensure_month(of_month date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  partition text := format('ledger_%s', to_char(of_month, 'YYYY_MM'));
BEGIN
  IF of_month <> date_trunc('month', of_month) THEN
    RAISE EXCEPTION 'not the first day of a month: %', of_month;
  END IF;
  PERFORM pg_advisory_xact_lock(7361, 2);
  IF to_regclass('billing.' || partition) IS NULL THEN
    EXECUTE format('CREATE TABLE billing.%I (LIKE billing.ledger INCLUDING ALL)', partition);
    EXECUTE format('ALTER TABLE billing.ledger ATTACH PARTITION billing.%I FOR VALUES FROM (%L) TO (%L)',
      partition, of_month, (of_month + interval '1 month')::date);
  END IF;
END $$;

-- Totals. Rows are updated all the time and no index holds what changes, so that updates stay within their page.
CREATE TABLE billing.usage_daily (
  day date NOT NULL,
  -- s: sum. c: count. m: max. l: last. u: unique. As in the catalog, where a used metric's cannot change.
  aggregation "char" NOT NULL CHECK (aggregation IN ('s', 'c', 'm', 'l', 'u')),
  events bigint NOT NULL,
  company_id text COLLATE "C" NOT NULL,
  metric text COLLATE "C" NOT NULL,
  quantity numeric NOT NULL,
  -- For last: whose quantity it is. Behind the others: what stands after a null is slow to find, in every update.
  last_at timestamptz,
  last_usage_id text COLLATE "C",
  PRIMARY KEY (company_id, metric, day)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

CREATE TABLE billing.usage_periods (
  period_start date NOT NULL,
  aggregation "char" NOT NULL CHECK (aggregation IN ('s', 'c', 'm', 'l', 'u')),
  events bigint NOT NULL,
  company_id text COLLATE "C" NOT NULL,
  metric text COLLATE "C" NOT NULL,
  quantity numeric NOT NULL,
  last_at timestamptz,
  last_usage_id text COLLATE "C",
  PRIMARY KEY (company_id, metric, period_start),
  FOREIGN KEY (company_id, period_start) REFERENCES billing.billing_periods
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

-- For metrics that count different subjects: who was seen in a day (d) or billing period (p), in how many records.
CREATE TABLE billing.usage_subjects (
  company_id text COLLATE "C" NOT NULL,
  metric text COLLATE "C" NOT NULL,
  span "char" NOT NULL CHECK (span IN ('d', 'p')),
  span_start date NOT NULL,
  subject_pseudonym bytea NOT NULL,
  -- The same subject by older keys: the ledger keeps what it was given.
  former_pseudonyms bytea[] NOT NULL DEFAULT '{}',
  events bigint NOT NULL,
  PRIMARY KEY (company_id, metric, span, span_start, subject_pseudonym)
) WITH (fillfactor = 70);

-- A level is announced once for a company, metric, period and threshold: by this key.
CREATE TABLE billing.alerts (
  company_id text COLLATE "C" NOT NULL,
  metric text COLLATE "C" NOT NULL,
  period_start date NOT NULL,
  threshold numeric NOT NULL,
  level numeric NOT NULL,
  message_id uuid NOT NULL,
  current_usage numeric NOT NULL,
  occurred_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (company_id, metric, period_start, threshold, level)
);

-- Messages owed to the broker: a row goes when the broker has confirmed it.
CREATE TABLE billing.event_outbox (
  company_id text COLLATE "C" NOT NULL,
  event_id bigint GENERATED ALWAYS AS IDENTITY,
  message_id uuid NOT NULL,
  routing_key text NOT NULL,
  body text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  -- Why the last attempt did not succeed: "unroutable" when no queue took it.
  problem text,
  PRIMARY KEY (company_id, event_id)
);
CREATE INDEX event_outbox_order ON billing.event_outbox (event_id);
