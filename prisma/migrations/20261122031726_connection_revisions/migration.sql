-- AlterTable
ALTER TABLE "connection" ADD COLUMN     "revision" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "stored_by" TEXT NOT NULL DEFAULT '';

-- CreateTable
CREATE TABLE "connection_state" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "revision" BIGINT NOT NULL,

    CONSTRAINT "connection_state_pkey" PRIMARY KEY ("id")
);

-- What the schema file cannot say ---------------------------------------------------------------------------------

-- Exactly one row, from the first day.
ALTER TABLE "connection_state" ADD CONSTRAINT "connection_state_one_row_check" CHECK ("id" = 1);
INSERT INTO "connection_state" ("id", "revision") VALUES (1, 0);
