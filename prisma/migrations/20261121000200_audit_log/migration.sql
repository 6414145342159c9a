-- The access log (访问记录) and the tables in which it is searched. One script, one transaction, PostgreSQL 15 and later.
--
-- `seq` and `record` are the log: append-only, totally ordered, tamper-evident once trees and witnesses stand beside
-- them. Triggers and the writer role slow an administrator down and stop nobody; they are there against accidents.
-- Everything below "projections" can be dropped and rebuilt from `record`.

CREATE SCHEMA audit;

-- The only hot row: one UPDATE gives a batch its indexes. Never a SEQUENCE: a rolled-back batch would leave a gap, and a
-- gap must mean tampering. The low fillfactor keeps its versions on one page (HOT).
CREATE TABLE audit.seq (
  log_id smallint PRIMARY KEY,
  next bigint NOT NULL CHECK (next >= 0)
) WITH (fillfactor = 10);

INSERT INTO audit.seq (log_id, next) VALUES (1, 0);

-- `body` holds the exact bytes that `leaf` hashes; never jsonb, which would rewrite them.
CREATE TABLE audit.record (
  log_id smallint NOT NULL,
  leaf_index bigint NOT NULL CHECK (leaf_index >= 0),
  at timestamptz NOT NULL,
  event_id uuid NOT NULL,
  dept text NOT NULL,
  body bytea NOT NULL,
  leaf bytea NOT NULL CHECK (octet_length(leaf) = 32),
  PRIMARY KEY (log_id, leaf_index)
) PARTITION BY RANGE (leaf_index);

CREATE FUNCTION audit.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION '% of %.% refused: the access log is append-only', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'AUD01';
END
$$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.record
  FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

-- Makes the partition that the next record falls into and `ahead` more, 2^20 records each. Called by the hub at start and
-- from its housekeeping, never while appending. Builds the table first and attaches it afterwards: ATTACH locks out
-- no writer, where CREATE TABLE … PARTITION OF would. Statement triggers are not inherited, so each partition gets its own.
CREATE FUNCTION audit.ensure_partitions(ahead integer DEFAULT 1) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  size CONSTANT bigint := 1048576;
  first_part bigint;
  partition_name text;
  made integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('shuqiao audit.ensure_partitions', 0));
  SELECT max(next) / size INTO first_part FROM audit.seq;
  FOR part IN first_part .. first_part + ahead LOOP
    partition_name := 'record_' || lpad(part::text, 8, '0');
    CONTINUE WHEN to_regclass('audit.' || partition_name) IS NOT NULL;
    EXECUTE format('CREATE TABLE audit.%I (LIKE audit.record INCLUDING ALL)', partition_name);
    EXECUTE format('ALTER TABLE audit.%I ADD CONSTRAINT range CHECK (leaf_index >= %s AND leaf_index < %s)',
      partition_name, part * size, (part + 1) * size);
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.%I
      FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()', partition_name);
    EXECUTE format('ALTER TABLE audit.record ATTACH PARTITION audit.%I FOR VALUES FROM (%s) TO (%s)',
      partition_name, part * size, (part + 1) * size);
    EXECUTE format('ALTER TABLE audit.%I DROP CONSTRAINT range', partition_name);
    made := made + 1;
  END LOOP;
  RETURN made;
END
$$;

REVOKE ALL ON FUNCTION audit.ensure_partitions(integer) FROM PUBLIC;
SELECT audit.ensure_partitions(0);

-- Projections ------------------------------------------------------------------------------------------------------

-- How far the projections have read: the index of the first record they do not hold yet.
CREATE TABLE audit.projection (
  log_id smallint PRIMARY KEY,
  next bigint NOT NULL
);

INSERT INTO audit.projection (log_id, next) VALUES (1, 0);

CREATE TABLE audit.access (
  leaf_index bigint PRIMARY KEY,
  at timestamptz NOT NULL,
  event_id uuid NOT NULL,
  -- The first record of the same event, where an append was repeated after an unknown COMMIT.
  repeat_of bigint,
  -- AccessEntry.kind, or 'damaged' where the body no longer matches its leaf.
  kind text NOT NULL,
  request_id text,
  client text,
  dept text,
  officer text,
  purpose text,
  case_ref text,
  status integer
);

CREATE INDEX access_event ON audit.access (event_id);
CREATE INDEX access_at ON audit.access (at);
CREATE INDEX access_client ON audit.access (client, leaf_index);
CREATE INDEX access_dept ON audit.access (dept, leaf_index);
CREATE INDEX access_purpose ON audit.access (purpose, leaf_index);
CREATE INDEX access_case ON audit.access (case_ref, leaf_index) WHERE case_ref IS NOT NULL;
CREATE INDEX access_status ON audit.access (status, leaf_index);

CREATE TABLE audit.access_field (
  coordinate text NOT NULL,
  leaf_index bigint NOT NULL,
  effect text NOT NULL,
  PRIMARY KEY (coordinate, leaf_index, effect)
);

CREATE INDEX access_field_effect ON audit.access_field (effect, leaf_index);

CREATE TABLE audit.access_subject (
  pseudonym text COLLATE "C" NOT NULL,
  leaf_index bigint NOT NULL,
  PRIMARY KEY (pseudonym, leaf_index)
);

CREATE TABLE audit.access_source (
  source text NOT NULL,
  leaf_index bigint NOT NULL,
  PRIMARY KEY (source, leaf_index)
);

CREATE TABLE audit.access_error (
  code text NOT NULL,
  leaf_index bigint NOT NULL,
  PRIMARY KEY (code, leaf_index)
);

-- Answered requests per agreement and day (China Standard Time), for quotas.
CREATE TABLE audit.usage (
  day date NOT NULL,
  agreement text NOT NULL,
  requests bigint NOT NULL,
  PRIMARY KEY (day, agreement)
);

-- What the projector met that must not be: 'missing' for a range without records, 'damaged' for a body that does not
-- match its leaf or its columns.
CREATE TABLE audit.finding (
  leaf_index bigint PRIMARY KEY,
  until_index bigint NOT NULL,
  kind text NOT NULL
);

-- Writer role ------------------------------------------------------------------------------------------------------

-- The hub's account becomes a member where the migrating account may arrange that; where it may not, the operator
-- creates the role by hand and nothing else changes. A role belongs to the whole server: another hub may have made it
-- already, or may be making it now (unique_violation, "tuple concurrently updated").
DO $$
BEGIN
  BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'shuqiao_audit_writer') THEN
      CREATE ROLE shuqiao_audit_writer NOLOGIN;
    END IF;
  EXCEPTION WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN
    RAISE NOTICE 'role shuqiao_audit_writer not created: %', SQLERRM;
  END;

  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'shuqiao_audit_writer') THEN
    RETURN;
  END IF;

  BEGIN
    IF NOT pg_has_role(current_user, 'shuqiao_audit_writer', 'MEMBER') THEN
      EXECUTE format('GRANT shuqiao_audit_writer TO %I', current_user);
    END IF;
  EXCEPTION WHEN insufficient_privilege OR internal_error OR unique_violation THEN
    RAISE NOTICE 'role shuqiao_audit_writer not granted: %', SQLERRM;
  END;

  GRANT USAGE ON SCHEMA audit TO shuqiao_audit_writer;
  GRANT SELECT, INSERT ON audit.record TO shuqiao_audit_writer;
  GRANT SELECT, UPDATE (next) ON audit.seq TO shuqiao_audit_writer;
  GRANT EXECUTE ON FUNCTION audit.ensure_partitions(integer) TO shuqiao_audit_writer;
  GRANT SELECT, UPDATE (next) ON audit.projection TO shuqiao_audit_writer;
  GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON audit.access, audit.access_field, audit.access_subject,
    audit.access_source, audit.access_error, audit.usage, audit.finding TO shuqiao_audit_writer;
END
$$;
