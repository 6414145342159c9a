-- CreateTable
CREATE TABLE "verification_claims" (
    "subject" TEXT NOT NULL,
    "day" TEXT NOT NULL,
    "claims" INTEGER NOT NULL,

    CONSTRAINT "verification_claims_pkey" PRIMARY KEY ("subject","day")
);

-- CreateIndex
CREATE INDEX "verification_claims_day_idx" ON "verification_claims"("day");
