import { composeFixture } from './hub-graph.ts';

/**
 * A department such as the founding ones are not: three sources, two of which serve the same types, routed or both asked; keys by way of
 * another record; flags and collapsed codes as filters.
 */
export const healthSdl = `extend schema
  @department(name: "health", title: "卫健", prefix: "Health")
  @source(name: "health-index", department: "health", postgres: { credential: "health-index" })
  @source(name: "health-east", department: "health", postgres: { credential: "health-east" })
  @source(name: "health-west", department: "health", http: { credential: "health-west" })
  @codeTable(
    name: "blood"
    codes: [{ code: "A1", is: "A" }, { code: "A2", is: "A" }, { code: "B", is: "B" }, { code: "O", is: "O" }]
  )

extend type Resident @key(fields: "id") {
  health: HealthRecord
    @connect(
      source: "health-index"
      sql: { table: "index" }
      key: [{ from: "identifierType", column: "id_type" }, { from: "identifierValue", column: "id_no" }]
    )
}

type HealthRecord {
  patientNumber: String @from(column: "pno") @share(as: CONDITIONAL, level: 2)
  county: String @from(column: "county") @share(as: CONDITIONAL, level: 1, gate: true) @filterable
  vaccinated: Boolean @from(column: "vacc", format: flag) @share(as: CONDITIONAL, level: 1) @filterable
  blood: HealthBlood @from(column: "blood", codes: "blood") @share(as: CONDITIONAL, level: 1)
  weight: Float @from(column: "weight") @share(as: CONDITIONAL, level: 1) @filterable
  birthDate: Date @from(column: "born", format: yyyyMMdd) @share(as: CONDITIONAL, level: 1)
  age: Int @from(column: "born", format: yyyyMMdd) @derive(as: AGE) @share(as: CONDITIONAL, level: 1)
  contact: HealthContact
  clinic: HealthClinic
    @connect(
      source: "health-east"
      sql: { table: "clinic" }
      key: [{ via: "HealthRecord.patientNumber", column: "pno" }]
      route: { via: "HealthRecord.county", prefixes: ["E"] }
    )
    @connect(
      source: "health-west"
      http: { path: "/clinic", body: "{\\"keys\\":\\"$keys\\"}", batch: 100 }
      key: [{ via: "HealthRecord.patientNumber", column: "patient.no" }]
      route: { via: "HealthRecord.county", prefixes: ["W", "X"] }
    )
  ward: HealthWard
    @connect(source: "health-east", sql: { table: "ward" }, key: [{ via: "HealthClinic.name", column: "clinic" }])
  bed: HealthBed
    @connect(source: "health-east", sql: { table: "bed" }, key: [{ via: "HealthWard.name", column: "ward" }])
  card: HealthCard
    @connect(source: "health-east", sql: { table: "card" }, key: [{ from: "citizenId", column: "id_no" }])
    @connect(
      source: "health-west"
      http: { path: "/card", body: "{\\"keys\\":\\"$keys\\"}", batch: 100 }
      key: [{ from: "citizenId", column: "idNo" }]
    )
  "Rows of the same type, from a source that applies no filter."
  earlierVisits: [HealthVisit!]
    @connect(
      source: "health-west"
      rows: MANY
      http: { path: "/archive", body: "{\\"keys\\":\\"$keys\\"}", batch: 100 }
      key: [{ from: "citizenId", column: "idNo" }]
    )
  visits(ward: String, blood: HealthBlood, urgent: Boolean, fee: Float, first: Int): [HealthVisit!]
    @connect(
      source: "health-east"
      rows: MANY
      sql: { table: "visit" }
      key: [{ from: "citizenId", column: "id_no" }]
      order: [{ column: "day", direction: DESC }]
      maxRows: 3
    )
    @connect(
      source: "health-west"
      rows: MANY
      http: {
        path: "/visits"
        body: "{\\"keys\\":\\"$keys\\"}"
        batch: 100
        filters: [
          { column: "ward", op: EQ, param: "ward" }
          { column: "blood", op: EQ, param: "blood" }
          { column: "blood", op: IN, param: "bloods" }
          { column: "urgent", op: EQ, param: "urgent" }
          { column: "fee", op: EQ, param: "fee" }
          { column: "sealed", op: EQ, param: "sealed" }
        ]
      }
      where: [{ column: "sealed", in: ["N"] }]
      key: [{ from: "citizenId", column: "idNo" }]
      order: [{ column: "day", direction: DESC }]
      maxRows: 3
    )
}

type HealthContact {
  phone: String @from(column: "phone") @share(as: CONDITIONAL, level: 2, mask: PHONE)
  address: String @from(column: "addr") @share(as: CONDITIONAL, level: 2, mask: ADDRESS)
}

enum HealthBlood { A B O }

type HealthClinic {
  name: String
    @from(column: "clinic_name", source: "health-east")
    @from(path: "clinic.name", source: "health-west")
    @share(as: CONDITIONAL, level: 1)
  beds: Int @from(column: "beds") @share(as: CONDITIONAL, level: 1)
}

type HealthWard {
  name: String @from(column: "name") @share(as: CONDITIONAL, level: 1)
  floor: Int @from(column: "floor") @share(as: CONDITIONAL, level: 1)
}

type HealthBed {
  number: Int @from(column: "no") @share(as: CONDITIONAL, level: 1)
}

type HealthCard {
  number: String @from(column: "no") @share(as: CONDITIONAL, level: 1)
  issuer: String @from(column: "issuer") @share(as: CONDITIONAL, level: 1)
}

type HealthVisit {
  day: Date @from(column: "day", format: yyyyMMdd) @share(as: CONDITIONAL, level: 1)
  ward: String @from(column: "ward") @share(as: CONDITIONAL, level: 1) @filterable
  blood: HealthBlood @from(column: "blood", codes: "blood") @share(as: CONDITIONAL, level: 1) @filterable
  urgent: Boolean @from(column: "urgent", format: flag) @share(as: CONDITIONAL, level: 1) @filterable
  fee: Float @from(column: "fee", format: fen) @share(as: CONDITIONAL, level: 1) @filterable
}
`;

/** A department whose rows are nested: objects in objects, lists in lists. */
export const courtSdl = `extend schema
  @department(name: "court", title: "法院", prefix: "Court")
  @source(name: "court-api", department: "court", http: { credential: "court-api" })

extend type Resident @key(fields: "id") {
  court: CourtRecord
    @connect(
      source: "court-api"
      http: { path: "/persons", body: "{\\"keys\\":\\"$keys\\"}", batch: 100 }
      key: [{ from: "citizenId", column: "idNo" }]
    )
}

type CourtRecord {
  status: String @from(path: "status") @share(as: CONDITIONAL, level: 1)
  region: String @from(path: "region") @share(as: CONDITIONAL, level: 1, gate: true)
  file: CourtFile @from(path: "file")
  hearings: [CourtHearing!] @from(path: "hearings")
}

type CourtFile {
  number: String @from(path: "number") @share(as: CONDITIONAL, level: 1)
  judge: String @from(path: "judge") @share(as: CONDITIONAL, level: 1, mask: NAME)
  room: CourtRoom @from(path: "room")
}

type CourtRoom {
  floor: Int @from(path: "floor") @share(as: CONDITIONAL, level: 1)
  wing: String @from(path: "wing") @share(as: CONDITIONAL, level: 1)
}

type CourtHearing {
  day: Date @from(path: "day") @share(as: CONDITIONAL, level: 1)
  clerk: String @from(path: "clerk") @share(as: CONDITIONAL, level: 1)
  place: CourtPlace @from(path: "place")
  speakers: [CourtSpeaker!] @from(path: "speakers")
}

type CourtPlace {
  room: String @from(path: "room") @share(as: CONDITIONAL, level: 1)
}

type CourtSpeaker {
  name: String @from(path: "name") @share(as: CONDITIONAL, level: 1, mask: NAME)
  minutes: Int @from(path: "minutes") @share(as: CONDITIONAL, level: 1)
}
`;

export const healthGraph = composeFixture(healthSdl, courtSdl);
