-- CreateTable
CREATE TABLE "hub_mark" (
    "id" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,

    CONSTRAINT "hub_mark_pkey" PRIMARY KEY ("id")
);

ALTER TABLE "hub_mark" ADD CONSTRAINT "hub_mark_one" CHECK ("id" = 1);
ALTER TABLE "hub_mark" ADD CONSTRAINT "hub_mark_kind" CHECK ("kind" IN ('LIVE', 'SANDBOX'));

-- What served before there were marks is taken for a live hub: a sandbox is lost without harm.
INSERT INTO "hub_mark" ("id", "kind") SELECT 1, 'LIVE' WHERE EXISTS (SELECT 1 FROM "key_fingerprint");
