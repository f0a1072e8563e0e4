-- Effects owed to Stripe: the outbox, its history, and what sending needs to know.
--
-- An entry is written in the transaction that causes it. Whoever sends leases a sequence (a row of outbox_keys), never an
-- entry: one entry of a sequence is under way at a time, and one statement leases many sequences.

-- One row for each sequence that ever had an entry: a company's customer, its invoice items, each of its meters.
--
-- Leases change no column that an index holds or goes by, so that these updates stay within their page. Sequences that
-- wait for somebody (held) or have nothing queued (idle) stand in no index that claims scan.
CREATE TABLE billing.outbox_keys (
  -- Claims go round by it, so that every company has its turn.
  key_no bigint GENERATED ALWAYS AS IDENTITY,
  -- The last lease's fencing token, and the lease's end; -infinity: it was settled.
  lease_token bigint NOT NULL DEFAULT 0,
  lease_until timestamptz NOT NULL DEFAULT '-infinity',
  due_at timestamptz,
  -- w: work. d: delayed until due_at. h: held until somebody changes what hold says. i: idle.
  state "char" NOT NULL DEFAULT 'w' CHECK (state IN ('w', 'd', 'h', 'i')),
  -- m: a meter's. o: another. Claimed apart, since Stripe takes so many more meter events than anything else.
  claim_class "char" GENERATED ALWAYS AS (CASE WHEN ordering_key LIKE 'meter:%' THEN 'm' ELSE 'o' END::"char") STORED,
  company_id text COLLATE "C" NOT NULL REFERENCES billing.companies,
  ordering_key text COLLATE "C" NOT NULL,
  hold text,
  PRIMARY KEY (company_id, ordering_key),
  CHECK ((state = 'd') = (due_at IS NOT NULL)),
  CHECK ((state = 'h') = (hold IS NOT NULL))
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0);
CREATE INDEX outbox_keys_work ON billing.outbox_keys (claim_class, key_no) WHERE state = 'w';
CREATE INDEX outbox_keys_delayed ON billing.outbox_keys (due_at) WHERE state = 'd';
CREATE INDEX outbox_keys_held ON billing.outbox_keys (company_id, ordering_key) WHERE state = 'h';

-- What is not settled. Within a sequence entries are numbered in the order of commits: a writer locks the sequence first.
CREATE TABLE billing.outbox_entries (
  entry_no bigint GENERATED ALWAYS AS IDENTITY,
  -- What Stripe tells repetitions by: kept for every retry.
  entry_id uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  attempts integer NOT NULL DEFAULT 0,
  key_generation smallint NOT NULL DEFAULT 0,
  -- Of the last answer: HTTP's status.
  answer_status smallint,
  -- q: queued. u: unknown whether it arrived, a person decides. x: dead, a person decides. e: expired, to be billed in
  -- another way.
  state "char" NOT NULL DEFAULT 'q' CHECK (state IN ('q', 'u', 'x', 'e')),
  company_id text COLLATE "C" NOT NULL,
  ordering_key text COLLATE "C" NOT NULL,
  kind text NOT NULL
    CHECK (kind IN ('meter_event', 'invoice_item', 'customer', 'invoice', 'finalize_invoice', 'adopt_invoice')),
  -- JSON of our own words, numbers and dates. Not jsonb: nobody searches in it.
  effect text NOT NULL,
  -- After it, the entry is not sent any more but expires.
  send_before timestamptz,
  -- Since when it may have arrived; NULL: nothing of it was ever sent. Written before sending, so that a crash leaves
  -- "perhaps".
  first_attempt_at timestamptz,
  last_attempt_at timestamptz,
  -- Our word for what went wrong last.
  problem text,
  answer_request text,
  PRIMARY KEY (company_id, ordering_key, entry_no)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0);
-- The head of a sequence is the first of its queue, however many dead ones lie about. The key has the same columns, so that
-- no plan can prefer it.
CREATE INDEX outbox_entries_queue ON billing.outbox_entries (company_id, ordering_key, entry_no) WHERE state = 'q';
CREATE INDEX outbox_entries_aside ON billing.outbox_entries (company_id, entry_no) WHERE state <> 'q';

-- What was settled, by month (UTC), dropped whole when it is old enough. The ids of a time lie side by side: an index of
-- ranges finds one, and costs nothing to keep.
CREATE TABLE billing.outbox_history (
  settled_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL,
  entry_no bigint NOT NULL,
  entry_id uuid NOT NULL,
  -- Which entry bills it instead, for what was converted; NULL: it came to nothing.
  converted_into uuid,
  attempts integer NOT NULL,
  key_generation smallint NOT NULL,
  answer_status smallint,
  -- d: delivered. b: delivered before, as a repetition or a look-up showed. x: discarded by a person. c: converted.
  outcome "char" NOT NULL CHECK (outcome IN ('d', 'b', 'x', 'c')),
  company_id text COLLATE "C" NOT NULL,
  ordering_key text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  effect text NOT NULL,
  send_before timestamptz,
  first_attempt_at timestamptz,
  last_attempt_at timestamptz,
  problem text,
  answer_request text,
  -- Stripe's name of what was made.
  reference text,
  -- Of a discarded one: why, and who.
  reason text,
  settled_by text,
  CHECK (outcome = 'c' OR converted_into IS NULL),
  CHECK ((outcome = 'x') = (reason IS NOT NULL AND settled_by IS NOT NULL))
) PARTITION BY RANGE (settled_at);
CREATE INDEX outbox_history_company ON billing.outbox_history (company_id, entry_no);
CREATE INDEX outbox_history_id ON billing.outbox_history USING brin (entry_id) WITH (pages_per_range = 32, autosummarize);

-- Makes the month's partition, if it is not there; see billing.ensure_month.
CREATE FUNCTION billing.ensure_outbox_month(of_month date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  partition text := format('outbox_history_%s', to_char(of_month, 'YYYY_MM'));
BEGIN
  IF of_month <> date_trunc('month', of_month) THEN
    RAISE EXCEPTION 'not the first day of a month: %', of_month;
  END IF;
  -- Looked up in the catalog's table: to_regclass would remember, past the lock, that there was none.
  IF EXISTS (SELECT FROM pg_class WHERE relnamespace = 'billing'::regnamespace AND relname = partition) THEN
    RETURN;
  END IF;
  PERFORM pg_advisory_xact_lock(7361, 2);
  IF NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'billing'::regnamespace AND relname = partition) THEN
    EXECUTE format('CREATE TABLE billing.%I (LIKE billing.outbox_history INCLUDING ALL)', partition);
    EXECUTE format('ALTER TABLE billing.outbox_history ATTACH PARTITION billing.%I FOR VALUES FROM (%L) TO (%L)',
      partition, of_month::timestamp AT TIME ZONE 'UTC', (of_month + interval '1 month') AT TIME ZONE 'UTC');
  END IF;
END $$;

-- Companies for which nothing is sent; '*': for none.
CREATE TABLE billing.outbox_pauses (
  company_id text COLLATE "C" PRIMARY KEY,
  paused_at timestamptz NOT NULL DEFAULT now(),
  paused_by text NOT NULL
);

-- Stripe's names of what later entries refer to.
CREATE TABLE billing.outbox_references (
  company_id text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL CHECK (kind = 'invoice'),
  -- Our own number.
  own_id bigint NOT NULL,
  -- none: Stripe has no draft for it any more, or never had; what belongs to it goes to the customer's next invoice.
  reference text NOT NULL,
  -- Stripe made it by itself, for a subscription, and finalizes it by itself.
  is_adopted boolean NOT NULL DEFAULT false,
  PRIMARY KEY (company_id, kind, own_id),
  CHECK (is_adopted OR reference <> 'none')
);

-- The meters that a subscription has prices of: an event for another meter would be taken and never billed.
CREATE TABLE billing.stripe_subscription_meters (
  company_id text COLLATE "C" NOT NULL REFERENCES billing.companies,
  subscription text COLLATE "C" NOT NULL,
  metric text COLLATE "C" NOT NULL,
  -- Stripe's name of the price.
  price text NOT NULL,
  -- Events of earlier minutes it does not bill: it replaced another price, or came later than the subscription. NULL: it
  -- bills all.
  billed_from timestamptz,
  PRIMARY KEY (company_id, subscription, metric)
);
-- The subscription that the rows above are known to be complete for; another than stripe_subscription: to be looked at.
ALTER TABLE billing.companies ADD COLUMN stripe_subscription_checked text;

-- What all replicas together may send: when each bucket's next token may be used.
CREATE TABLE billing.rate_buckets (
  name text COLLATE "C" PRIMARY KEY,
  next_slot timestamptz NOT NULL DEFAULT '-infinity'
) WITH (fillfactor = 10);

-- Takes tokens that count in every one of the buckets, at most so many, whose slots begin within the horizon.
--
-- spacings: microseconds between two tokens of each bucket, in the order of names, which ascend.
-- Returns the clock, the first slot, the microseconds between slots, and how many were taken: 0 means none before
-- first_slot.
CREATE FUNCTION billing.take_slots(
  names text[], spacings bigint[], most integer, horizon interval,
  OUT clock timestamptz, OUT first_slot timestamptz, OUT spacing bigint, OUT taken integer
) LANGUAGE plpgsql AS $$
DECLARE
  latest timestamptz;
  found integer;
BEGIN
  -- A slot that a crash of the server forgets lies in the past when the server is back.
  PERFORM set_config('synchronous_commit', 'off', true);
  LOOP
    SELECT max(b.next_slot), count(*) INTO latest, found
    FROM (SELECT next_slot FROM billing.rate_buckets WHERE name = ANY (names) ORDER BY name FOR UPDATE) AS b;
    EXIT WHEN found = cardinality(names);
    INSERT INTO billing.rate_buckets (name) SELECT n FROM unnest(names) AS n ORDER BY n ON CONFLICT DO NOTHING;
  END LOOP;
  SELECT max(s) INTO spacing FROM unnest(spacings) AS s;
  -- Read under the locks: whoever comes later reads a later one.
  clock := clock_timestamp();
  -- Nobody takes slots that far ahead: a clock that was set back since has written this.
  IF latest > clock + horizon + 2 * spacing * interval '1 microsecond' + interval '2 seconds' THEN
    latest := clock;
  END IF;
  first_slot := greatest(latest, clock);
  IF first_slot > clock + horizon THEN
    taken := 0;
    RETURN;
  END IF;
  taken := least(most, 1 + floor(extract(epoch FROM clock + horizon - first_slot) * 1000000 / spacing)::integer);
  UPDATE billing.rate_buckets AS b
  SET next_slot = first_slot + ((taken - 1) * spacing + n.own) * interval '1 microsecond'
  FROM unnest(names, spacings) AS n (name, own) WHERE b.name = n.name;
END $$;
