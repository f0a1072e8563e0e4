-- What `verify --repair` changed: a total stood otherwise than its records, and was computed anew.
CREATE TABLE billing.total_repairs (
  company_id text COLLATE "C" NOT NULL,
  repair_id bigint GENERATED ALWAYS AS IDENTITY,
  total_table text NOT NULL CHECK (total_table IN ('usage_daily', 'usage_periods')),
  metric text COLLATE "C" NOT NULL,
  -- The day, or the billing period's first.
  span_start date NOT NULL,
  -- NULL: there was no total.
  quantity_before numeric,
  events_before bigint,
  quantity_after numeric NOT NULL,
  events_after bigint NOT NULL,
  repaired_at timestamptz NOT NULL DEFAULT now(),
  repaired_by text NOT NULL,
  PRIMARY KEY (company_id, repair_id)
);
