import { expect, test } from 'vitest';
import type { Agreement, Client, Purpose } from '../../src/policies/agreement.ts';
import { parseAgreementDocuments } from '../../src/policies/agreement-document.ts';
import { compilePolicy } from '../../src/policies/policy.ts';
import { createSubjectClass } from '../../src/policies/subject-class.ts';
import { noon } from './build.ts';
import { composeDemo, emptyCatalogue, readFolder } from './demo.ts';

const graph = composeDemo();
const { documents, problems } = parseAgreementDocuments(
  readFolder('examples/agreements'),
  emptyCatalogue(graph),
);
const agreements: readonly Agreement[] = documents.flatMap((document) =>
  document.kind === 'agreement' ? [{ ...document, version: 1 }] : [],
);
const clients = new Map(
  documents.flatMap((document): [string, Client][] =>
    document.kind === 'client' ? [[document.id, document]] : [],
  ),
);
const purposes = new Map(
  documents.flatMap((document): [string, Purpose][] =>
    document.kind === 'purpose' ? [[document.code, document]] : [],
  ),
);
const policy = compilePolicy({ agreements, clients, purposes, fields: graph.fields, at: noon });
const demoClients: Record<
  string,
  { purposes: string[]; roles: string[]; region?: string; officer?: string }
> = JSON.parse(readFolder('examples').find(({ name }) => name === 'demo-clients.json')?.text ?? '{}');

test('the demo agreements have no problem, and each registered client and purpose is used by the demo', () => {
  expect(problems).toEqual([]);
  expect([agreements.length, clients.size, purposes.size]).toEqual([22, 8, 7]);
  expect(Object.keys(demoClients).sort()).toEqual([...clients.keys()].sort());
  const used = Object.values(demoClients).flatMap((client) => client.purposes);
  expect([...new Set(used)].sort()).toEqual([...purposes.keys()].sort());
});

/** One row per subject, field and purpose: `PERMIT`, `MASK/…`, `PERMIT_IF…`, `DENY/…`, and the rule that says so. */
const rows = `
mediation-center   dispute-mediation        PoliceRecord.name                        PERMIT                    AGR-2026-0001.v1#0
mediation-center   dispute-mediation        PoliceRecord.birthDate                   PERMIT                    AGR-2026-0001.v1#0
mediation-center   dispute-mediation        PoliceRecord.address                     PERMIT                    AGR-2026-0001.v1#0
mediation-center   dispute-mediation        PoliceRecord.phone                       MASK/PHONE                AGR-2026-0001.v1#1
mediation-center   dispute-mediation        PoliceRecord.citizenId                   MASK/CITIZEN_ID           AGR-2026-0001.v1#1
mediation-center   dispute-mediation        PoliceRecord.watchFlag                   DENY/NOT_SHARED           share:NON_SHARED
mediation-center   dispute-mediation        PoliceRecord.ethnicity                   DENY/NO_AGREEMENT         default-deny
mediation-center   dispute-mediation        PolicePenalty.cause                      DENY/NO_AGREEMENT         default-deny
mediation-center   dispute-mediation        CivilAffairsRecord.maritalStatus         PERMIT                    AGR-2026-0002.v1#0
mediation-center   dispute-mediation        CivilAffairsMarriage.spouseName          PERMIT                    AGR-2026-0002.v1#0
mediation-center   dispute-mediation        CivilAffairsMarriage.spouseCitizenId     MASK/CITIZEN_ID           AGR-2026-0002.v1#1
mediation-center   dispute-mediation        SocialSecurityRecord.employer            PERMIT                    AGR-2026-0003.v1#0
mediation-center   dispute-mediation        SocialSecurityContribution.baseYuan      DENY/NO_AGREEMENT         default-deny
mediation-center   dispute-mediation        JusticeMediationCase.dispute             PERMIT                    AGR-2026-0004.v1#0
mediation-center   dispute-mediation        JusticeParty.name                        MASK/NAME                 AGR-2026-0004.v1#1
mediation-center   dispute-mediation        JusticeCommunityCorrection.startedOn     MASK/YEAR                 AGR-2026-0004.v1#2
mediation-center   dispute-mediation        JusticeCommunityCorrection.kind          DENY/NO_AGREEMENT         default-deny
mediation-center   one-stop-service         PoliceRecord.name                        DENY/NO_AGREEMENT         default-deny
one-stop-hall      one-stop-service         PoliceRecord.name                        PERMIT                    AGR-2026-0005.v1#0
one-stop-hall      one-stop-service         PoliceRecord.sex                         PERMIT                    AGR-2026-0005.v1#0
one-stop-hall      one-stop-service         PoliceRecord.birthDate                   MASK/YEAR                 AGR-2026-0005.v1#2
one-stop-hall      one-stop-service         PoliceRecord.isMinor                     PERMIT                    AGR-2026-0005.v1#0
one-stop-hall      one-stop-service         PoliceRecord.age                         DENY/NO_AGREEMENT         default-deny
one-stop-hall      one-stop-service         PoliceRecord.citizenId                   MASK/CITIZEN_ID           AGR-2026-0005.v1#1
one-stop-hall      one-stop-service         CivilAffairsRecord.maritalStatus         PERMIT                    AGR-2026-0006.v1#0
one-stop-hall      one-stop-service         SocialSecurityRecord.status              PERMIT                    AGR-2026-0007.v1#0
one-stop-hall      one-stop-service         SocialSecurityRecord.employer            DENY/VERIFY_ONLY          AGR-2026-0007.v1#1
one-stop-hall      one-stop-service         JusticeRecord.name                       DENY/NO_AGREEMENT         default-deny
one-stop-hall      dispute-mediation        PoliceRecord.name                        DENY/NO_AGREEMENT         default-deny
street-platform    grassroots-governance    PoliceRecord.name                        PERMIT_IF                 AGR-2026-0008.v1#0
street-platform    grassroots-governance    PoliceRecord.birthDate                   PERMIT_IF/YEAR_MONTH      AGR-2026-0008.v1#2
street-platform    grassroots-governance    PoliceRecord.phone                       PERMIT_IF/PHONE           AGR-2026-0008.v1#3
street-platform    grassroots-governance    CivilAffairsRecord.maritalStatus         PERMIT_IF                 AGR-2026-0009.v1#1
street-platform    grassroots-governance    SocialSecurityRecord.status              PERMIT_IF                 AGR-2026-0010.v1#0
street-platform    grassroots-governance    JusticeMediationCase.result              PERMIT_IF                 AGR-2026-0011.v1#0
street-platform    grassroots-governance    JusticeRecord.legalAidCount              PERMIT_IF/BAND            AGR-2026-0011.v1#1
street-platform    grassroots-governance    JusticeCommunityCorrection.kind          DENY/NO_AGREEMENT         default-deny
hotline-12345      hotline-service          PoliceRecord.name                        MASK/NAME                 AGR-2026-0012.v1#0
hotline-12345      hotline-service          PoliceRecord.phone                       MASK/PHONE                AGR-2026-0012.v1#0
hotline-12345      hotline-service          PoliceRecord.isMinor                     PERMIT                    AGR-2026-0012.v1#1
hotline-12345      hotline-service          PoliceRecord.birthDate                   DENY/NO_AGREEMENT         default-deny
hotline-12345      hotline-service          PoliceRecord.sex                         DENY/NO_AGREEMENT         default-deny
civil-affairs-desk social-assistance-review SocialSecurityContribution.baseYuan      PERMIT                    AGR-2026-0013.v1#0
civil-affairs-desk social-assistance-review PoliceRecord.name                        MASK/NAME                 AGR-2026-0014.v1#0
civil-affairs-desk social-assistance-review PoliceRecord.address                     MASK/ADDRESS              AGR-2026-0014.v1#0
civil-affairs-desk social-assistance-review PoliceRecord.phone                       DENY/NO_AGREEMENT         default-deny
civil-affairs-desk social-assistance-review CivilAffairsAssistance.monthlyYuan       PERMIT                    AGR-2026-0015.v1#0
correction-desk    correction-supervision   PoliceRecord.address                     PERMIT                    AGR-2026-0016.v1#0
correction-desk    correction-supervision   JusticeCommunityCorrection.kind          PERMIT                    AGR-2026-0017.v1#0
street-platform    grassroots-governance    PoliceHouseholdRecord.members            PERMIT_IF                 AGR-2026-0018.v1#0
street-platform    grassroots-governance    PoliceResidence.livesAlone               PERMIT_IF                 AGR-2026-0018.v1#0
street-platform    grassroots-governance    PoliceBuilding.dwellings                 PERMIT_IF                 AGR-2026-0018.v1#3
street-platform    grassroots-governance    CivilAffairsGrid.buildings               PERMIT_IF                 AGR-2026-0019.v1#0
mediation-center   dispute-mediation        PoliceHouseholdRecord.members            PERMIT                    AGR-2026-0020.v1#0
mediation-center   dispute-mediation        PoliceDwelling.residents                 DENY/NO_AGREEMENT         default-deny
one-stop-hall      one-stop-service         PoliceRecord.registeredHousehold         DENY/NO_AGREEMENT         default-deny
audit-office       audit-review             PoliceRecord.name                        DENY/NO_AGREEMENT         default-deny
audit-office       audit-review             CivilAffairsRecord.maritalStatus         DENY/NO_AGREEMENT         default-deny
`;

test.each(
  rows
    .trim()
    .split('\n')
    .map((row) => row.split(/ +/)),
)('%s for %s: %s is %s by %s', (...row) => {
  const [client = '', purpose = '', coordinate = '', expected, rule] = row;
  const decision = policy.decide(demoClass(client, purpose), coordinate);
  const detail =
    decision.effect === 'DENY' ? decision.reason : decision.effect === 'PERMIT' ? undefined : decision.mask;
  expect([[decision.effect, detail].filter(Boolean).join('/'), decision.rule]).toEqual([expected, rule]);
});

test('no client sees a field that its owner does not share, and the auditor sees no field at all', () => {
  for (const [client, { purposes: allowed }] of Object.entries(demoClients)) {
    for (const field of graph.fields.values()) {
      const { effect } = policy.decide(demoClass(client, allowed[0] ?? ''), field.coordinate);
      const isLeaf = ['column', 'relation', 'tally'].includes(field.kind);
      const share = 'share' in field ? field.share : undefined;
      const isClosed = !isLeaf || !share || share.as === 'NON_SHARED';
      if (isClosed || client === 'audit-office')
        expect([field.coordinate, effect]).toEqual([field.coordinate, 'DENY']);
    }
  }
});

test('the street platform sees rows of its own street alone, whatever the field', () => {
  const street = demoClass('street-platform', 'grassroots-governance');
  for (const field of graph.fields.values()) {
    const decision = policy.decide(street, field.coordinate);
    if (decision.effect === 'DENY') continue;
    expect(JSON.stringify(decision)).toMatch(
      /"op":"prefix","attribute":"\w+\.divisionCode","value":\{"subject":"region"\}/,
    );
  }
});

test('the correction desk sees nothing without a named officer', () => {
  const unnamed = demoClass('correction-desk', 'correction-supervision', { isAnonymous: true });
  expect(policy.decide(unnamed, 'PoliceRecord.name').effect).toBe('DENY');
});

function demoClass(client: string, purpose: string, options: { isAnonymous?: boolean } = {}) {
  const { roles = [], region, officer } = demoClients[client] ?? {};
  return createSubjectClass({
    purpose,
    subject: {
      ...{ client, roles, purposes: [purpose], issuer: 'demo', tokenId: 't', expiresAt: 0 },
      department: clients.get(client)?.department ?? '',
      ...(region === undefined ? {} : { region }),
      ...(officer === undefined || options.isAnonymous ? {} : { officer }),
    },
  });
}
