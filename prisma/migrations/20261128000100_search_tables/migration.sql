-- The tables in which the access log is searched, anew: they cost the server a fifteenth of what they did. See docs/adr/0012.
-- `seq` and `record`, which are the log, stay as they are. The projector fills these tables again from `record`, at its own pace.

DROP TABLE audit.access, audit.access_field, audit.access_subject, audit.access_source, audit.access_error;

-- What many records have in common and are searched by: who asked, for what, which sources, every decision, how it ended. One
-- row for each such combination that occurred. `terms`: as `src/audit/pattern.ts` writes them; `digest`: their SHA-256.
CREATE TABLE audit.access_pattern (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  digest bytea NOT NULL UNIQUE,
  terms text[] COLLATE "C" NOT NULL
);

CREATE INDEX access_pattern_terms ON audit.access_pattern USING gin (terms);

-- One row for each record.
CREATE TABLE audit.access (
  leaf_index bigint PRIMARY KEY,
  at timestamptz NOT NULL,
  event_id uuid NOT NULL,
  pattern bigint NOT NULL,
  -- The first record of the same event, where an append was repeated after an unknown COMMIT.
  repeat_of bigint,
  case_ref text COLLATE "C"
);

-- Only ever asked for one event; nearly all are there once.
CREATE INDEX access_event ON audit.access USING hash (event_id);
CREATE INDEX access_by_pattern ON audit.access (pattern, leaf_index);
CREATE INDEX access_by_case ON audit.access (case_ref, leaf_index) WHERE case_ref IS NOT NULL;

-- The 128 bits of a pseudonym.
CREATE TABLE audit.access_subject (
  pseudonym uuid NOT NULL,
  leaf_index bigint NOT NULL,
  PRIMARY KEY (pseudonym, leaf_index)
);

-- Between which indexes the records of an hour lie: finds times without an index over every record.
CREATE TABLE audit.access_hour (
  hour timestamptz PRIMARY KEY,
  first_index bigint NOT NULL,
  last_index bigint NOT NULL
);

-- `usage` stays, so that no quota is forgotten meanwhile: it holds every record before `counted` already.
ALTER TABLE audit.projection ADD COLUMN counted bigint NOT NULL DEFAULT 0;
UPDATE audit.projection SET counted = next, next = 0;

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'shuqiao_audit_writer') THEN
    GRANT UPDATE (counted) ON audit.projection TO shuqiao_audit_writer;
    GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON audit.access_pattern, audit.access, audit.access_subject,
      audit.access_hour TO shuqiao_audit_writer;
  END IF;
END
$$;
