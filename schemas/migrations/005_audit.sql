-- What people did by command: one chain of rows, each of which holds the hash of the one before.
--
-- Rows are added in the transaction of what they tell of, as its last statements, under an advisory lock (7361, 5): so
-- numbers have no gaps, and their order is that of commits. The table has no foreign key and no partition, since it
-- must outlive what it names.
--
-- Spread over several servers (Citus), it stays a local table of the coordinator, where commands connect and advisory
-- locks are taken: a chain has one end, and what people do is little. So its key does not begin with the company.
CREATE TABLE billing.audit_log (
  -- 1, 2, 3, …
  number bigint PRIMARY KEY CHECK (number > 0),
  -- Read under the lock.
  acted_at timestamptz NOT NULL,
  -- The system's user and host.
  person text NOT NULL,
  -- Our word for what was done.
  action text NOT NULL,
  company_id text COLLATE "C",
  -- A JSON object of our own words, numbers, dates and identifiers, byte for byte as it was hashed.
  facts text NOT NULL,
  -- SHA-256. Of number 1: 32 zero bytes.
  previous_hash bytea NOT NULL CHECK (octet_length(previous_hash) = 32),
  hash bytea NOT NULL CHECK (octet_length(hash) = 32)
);

CREATE FUNCTION billing.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of billing.% are never changed or removed', TG_TABLE_NAME
    USING ERRCODE = 'object_not_in_prerequisite_state';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON billing.audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();
-- Also where a session says that it is a replica.
ALTER TABLE billing.audit_log ENABLE ALWAYS TRIGGER append_only;
