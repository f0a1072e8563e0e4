-- Radiology orders, patients and one-off charges: what is kept of their events, so that each is billed once in its life.
--
-- Nobody's identifier is in any of these tables. Who or what an event is about comes in as a keyed pseudonym, is looked
-- up here once, and is a random number from there on.

-- One row for every key of the operator's under which the same one was seen; all lead to one surrogate, so that replicas
-- that have a key in common agree on it, whichever of their keys is the newest.
CREATE TABLE billing.subjects (
  company_id text COLLATE "C" NOT NULL,
  -- o: an order. p: a patient. c: a one-off charge. The same text may name one of each.
  kind "char" NOT NULL CHECK (kind IN ('o', 'p', 'c')),
  -- The key's number, then an HMAC-SHA-256.
  pseudonym bytea NOT NULL,
  surrogate uuid NOT NULL,
  PRIMARY KEY (company_id, kind, pseudonym)
);
-- For erasing a person: the rows by the other keys.
CREATE INDEX subjects_surrogate ON billing.subjects (company_id, surrogate);

-- The fold of an order's events, and its record in the ledger.
CREATE TABLE billing.orders (
  company_id text COLLATE "C" NOT NULL,
  surrogate uuid NOT NULL,
  -- How many records were made for it: none, one, or more where what came later had the former taken back.
  records integer NOT NULL DEFAULT 0,
  -- s: standard. a: advanced. By the earliest event with a known procedure code, and with a known modality.
  code_class "char" CHECK (code_class IN ('s', 'a')),
  modality_class "char" CHECK (modality_class IN ('s', 'a')),
  -- As the record says that stands.
  recorded_class "char" CHECK (recorded_class IN ('s', 'a')),
  recorded_at timestamptz,
  -- The earliest event that shows that it was sent to radiology.
  sent_at timestamptz,
  code_at timestamptz,
  code_event uuid,
  modality_at timestamptz,
  modality_event uuid,
  -- The latest cancellation.
  cancelled_at timestamptz,
  PRIMARY KEY (company_id, surrogate),
  CHECK ((records = 0) = (recorded_at IS NULL) AND (recorded_at IS NULL) = (recorded_class IS NULL)),
  CHECK ((code_class IS NULL) = (code_at IS NULL) AND (code_at IS NULL) = (code_event IS NULL)),
  CHECK ((modality_class IS NULL) = (modality_at IS NULL) AND (modality_at IS NULL) = (modality_event IS NULL))
) WITH (fillfactor = 80);
-- For reports of a range of days.
CREATE INDEX orders_recorded ON billing.orders (company_id, recorded_at) WHERE recorded_at IS NOT NULL;

CREATE TABLE billing.patients (
  company_id text COLLATE "C" NOT NULL,
  surrogate uuid NOT NULL,
  -- After the last of the changes, which was at last_change_at.
  is_active boolean NOT NULL,
  last_change_at timestamptz NOT NULL,
  first_activation_at timestamptz,
  PRIMARY KEY (company_id, surrogate)
) WITH (fillfactor = 80);

-- A patient's activations and deactivations: of those seen first by the start of the same day, the last.
CREATE TABLE billing.patient_changes (
  company_id text COLLATE "C" NOT NULL,
  surrogate uuid NOT NULL,
  seen_by date NOT NULL,
  is_activation boolean NOT NULL,
  occurred_at timestamptz NOT NULL,
  event_id uuid NOT NULL,
  PRIMARY KEY (company_id, surrogate, seen_by)
);

-- For which billing periods a patient was charged.
CREATE TABLE billing.patient_charges (
  company_id text COLLATE "C" NOT NULL,
  surrogate uuid NOT NULL,
  period_start date NOT NULL,
  -- How many records were made for it; the last of them stands, or was taken back.
  records integer NOT NULL,
  stands boolean NOT NULL,
  -- The last record's timestamp.
  charged_at timestamptz NOT NULL,
  PRIMARY KEY (company_id, surrogate, period_start)
);

-- How far the renewal of a company's patients has come. A row is there as soon as the company has a patient.
CREATE TABLE billing.patient_renewals (
  company_id text COLLATE "C" PRIMARY KEY REFERENCES billing.companies,
  -- Start of the latest period that was renewed: whoever is active at its start, or at an earlier one's, is charged.
  renewed_through date,
  -- Up to which of them this was done for every patient that was there.
  settled_through date,
  -- And for the renewal that is under way, up to which patient.
  settled_patient uuid
);

-- What is charged once, by the publisher's id for it, ever.
CREATE TABLE billing.charges (
  company_id text COLLATE "C" NOT NULL,
  surrogate uuid NOT NULL,
  -- Our own name for it, for people and for what leaves.
  charge_number bigint GENERATED ALWAYS AS IDENTITY,
  kind text COLLATE "C" NOT NULL,
  currency text NOT NULL,
  -- Whole minor units of the currency; negative for a credit.
  minor_units bigint NOT NULL,
  -- Says in which billing period it falls.
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (company_id, surrogate)
);
CREATE INDEX charges_occurred ON billing.charges (company_id, occurred_at);
