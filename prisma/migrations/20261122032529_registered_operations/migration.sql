-- AlterTable
ALTER TABLE "client" ADD COLUMN     "registered_only" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "registered_operation" (
    "code" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "document" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "clients_named" BOOLEAN NOT NULL,
    "clients" TEXT[],
    "status" "client_status" NOT NULL,

    CONSTRAINT "registered_operation_pkey" PRIMARY KEY ("code")
);

-- CreateTable
CREATE TABLE "registered_operation_text" (
    "code" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "document" TEXT NOT NULL,
    "saved_by" TEXT NOT NULL,
    "saved_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "registered_operation_text_pkey" PRIMARY KEY ("code","hash")
);

-- AddForeignKey
ALTER TABLE "registered_operation_text" ADD CONSTRAINT "registered_operation_text_code_fkey" FOREIGN KEY ("code") REFERENCES "registered_operation"("code") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- What the schema file cannot say ---------------------------------------------------------------------------------

-- An operation that names no clients must list none: an empty list never stands for "everybody" by accident.
ALTER TABLE "registered_operation" ADD CONSTRAINT "registered_operation_clients_check"
  CHECK ("clients_named" OR cardinality("clients") = 0);

CREATE TRIGGER "registered_operation_text_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "registered_operation_text"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_history_change"();
