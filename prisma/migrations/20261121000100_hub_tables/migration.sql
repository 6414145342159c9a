-- CreateEnum
CREATE TYPE "agreement_status" AS ENUM ('ACTIVE', 'SUSPENDED', 'REVOKED');

-- CreateEnum
CREATE TYPE "client_status" AS ENUM ('ACTIVE', 'SUSPENDED');

-- CreateTable
CREATE TABLE "agreement" (
    "id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "title" TEXT NOT NULL,
    "consumer_department" TEXT NOT NULL,
    "clients" TEXT[],
    "roles_required" BOOLEAN NOT NULL,
    "roles" TEXT[],
    "officer_required" BOOLEAN,
    "provider" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "legal_basis" TEXT NOT NULL,
    "scene" TEXT,
    "grants" JSONB NOT NULL,
    "row_scope" JSONB,
    "valid_from" TIMESTAMP(3) NOT NULL,
    "valid_until" TIMESTAMP(3) NOT NULL,
    "status" "agreement_status" NOT NULL,
    "requests_per_day" INTEGER,
    "page_size" INTEGER NOT NULL,
    "content_hash" TEXT NOT NULL,

    CONSTRAINT "agreement_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "agreement_version" (
    "agreement_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "content" TEXT NOT NULL,
    "content_hash" TEXT NOT NULL,
    "saved_by" TEXT NOT NULL,
    "saved_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "agreement_version_pkey" PRIMARY KEY ("agreement_id","version")
);

-- CreateTable
CREATE TABLE "purpose" (
    "code" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "case_required" BOOLEAN NOT NULL,

    CONSTRAINT "purpose_pkey" PRIMARY KEY ("code")
);

-- CreateTable
CREATE TABLE "client" (
    "id" TEXT NOT NULL,
    "department" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "vendor" TEXT,
    "status" "client_status" NOT NULL,

    CONSTRAINT "client_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "policy_state" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "revision" BIGINT NOT NULL,

    CONSTRAINT "policy_state_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "connection" (
    "name" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,
    "key_id" TEXT NOT NULL,
    "algorithm" TEXT NOT NULL,
    "updated_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "connection_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "key_fingerprint" (
    "key_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "algorithm" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "first_seen_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "key_fingerprint_pkey" PRIMARY KEY ("key_id")
);

-- AddForeignKey
ALTER TABLE "agreement_version" ADD CONSTRAINT "agreement_version_agreement_id_fkey" FOREIGN KEY ("agreement_id") REFERENCES "agreement"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- What the schema file cannot say ---------------------------------------------------------------------------------

-- An agreement that asks for no role must name none: an empty list never stands for "everybody" by accident.
ALTER TABLE "agreement" ADD CONSTRAINT "agreement_roles_check" CHECK ("roles_required" OR cardinality("roles") = 0);
ALTER TABLE "agreement" ALTER COLUMN "clients" SET NOT NULL, ALTER COLUMN "roles" SET NOT NULL;

-- Exactly one row, from the first day.
ALTER TABLE "policy_state" ADD CONSTRAINT "policy_state_one_row_check" CHECK ("id" = 1);
INSERT INTO "policy_state" ("id", "revision") VALUES (1, 0);

-- Against accidents, not against an administrator: the contents' hashes are in the access log.
CREATE FUNCTION "refuse_history_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of % refused: the history of agreements is append-only', TG_OP, TG_TABLE_NAME;
END
$$;

CREATE TRIGGER "agreement_version_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "agreement_version"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_history_change"();
