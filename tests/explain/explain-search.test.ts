import { describe, expect, it } from 'vitest';
import type { RowRule } from '../../src/policies/agreement.ts';
import { compileDemo } from '../support/demo-policy.ts';
import { askAs, type DemoAsk, explain, explainOne } from '../support/explaining.ts';
import { codes } from '../support/run-operation.ts';

const street: DemoAsk = {
  client: 'street-platform',
  purpose: 'grassroots-governance',
  changes: { region: '330106002' },
};
const mediation: DemoAsk = { client: 'mediation-center', purpose: 'dispute-mediation' };
const operation = `query($w: ResidentFilter, $c: String) {
  searchResidents(where: $w, first: 5, after: $c) { totalCount nodes { name } } }`;

describe('an explained search', () => {
  it('says which registers are listed and counted, in whose rows, under which agreement, and reads nothing', async () => {
    const run = await explain(street, operation);
    expect(codes(run)).toEqual([]);
    expect([run.reads, run.lists]).toEqual([[], []]);
    const { fields, reads, departments, maxResidents, yesNo } = run.data.explainAccess;
    expect(fields.slice(0, 4)).toMatchObject([
      {
        coordinate: 'Resident.police#search',
        title: '公安户籍记录（查找）',
        department: 'police',
        effect: 'PERMIT_IF',
        condition: expect.stringContaining('辖区'),
        agreements: [{ id: 'AGR-2026-0008' }],
      },
      { coordinate: 'Resident.police#count', title: '公安户籍记录（计数）' },
      { coordinate: 'PoliceRecord.residencePermit#search', agreements: [{ id: 'AGR-2026-0022' }] },
      { coordinate: 'PoliceRecord.residencePermit#count' },
    ]);
    const told = reads.map((one: Record<string, unknown>) => [one['entity'], one['role'], one['round']]);
    expect(told).toEqual([
      ['PoliceRecord', 'LIST', 1],
      ['PoliceRecord', 'COUNT', 1],
      ['PoliceResidencePermit', 'LIST', 1],
      ['PoliceResidencePermit', 'COUNT', 1],
      ['PoliceRecord', 'DATA', 2],
    ]);
    expect(departments).toEqual([{ department: 'police', title: '公安', reads: 5 }]);
    expect(maxResidents).toBe(100);
    // To search is no field that could be a yes or no.
    expect(yesNo.of).toBe(1);
  });

  it.each([
    ['in a variable', operation, { w: { name: { prefix: '张' } } }],
    [
      'in the operation',
      operation
        .replace('$w: ResidentFilter, $c: String', '$c: String')
        .replace('where: $w', 'where: { name: { prefix: "张" } }'),
      {},
    ],
    [
      'in an operation without variables',
      '{ searchResidents(where: { name: { prefix: "张" } }) { totalCount } }',
      undefined,
    ],
  ] as const)('says what filters decide, %s', async (_, source, variables) => {
    const run = await explain(street, source, variables);
    expect(codes(run)).toEqual([]);
    const { fields } = run.data.explainAccess;
    const coordinates = fields.map(({ coordinate }: { coordinate: string }) => coordinate);
    expect(coordinates).toContain('PoliceRecord.name');
    expect(coordinates).toContain('PoliceResidencePermit.name');
    expect(run.text).not.toContain('张');
  });

  it('says to whom to apply where nothing may be listed, and that nothing would be read', async () => {
    const run = await explain(mediation, operation);
    const { fields, reads, departments } = run.data.explainAccess;
    expect(fields[0]).toMatchObject({
      coordinate: 'Resident.police#search',
      effect: 'DENY',
      reason: 'NO_AGREEMENT',
      department: 'police',
      remedies: [{ code: 'APPLY' }],
      howToApply: expect.stringContaining('公安'),
    });
    expect([reads, departments]).toEqual([[], []]);
  });

  it('is refused as the search would be: a condition that says nothing, a page that is too large', async () => {
    const empty = await explain(street, operation, { w: { name: {} } });
    expect(codes(empty)).toEqual(['VARIABLE_INVALID']);
    const large = await explain(street, operation.replace('first: 5', 'first: 101'), {});
    expect(codes(large)).toEqual(['TOO_MANY_IDENTIFIERS']);
  });

  it('of one register is told by its name, of none that does not exist', async () => {
    const one = await explainOne(street, 'Resident.police#search');
    expect(one.data.explainField).toMatchObject({ effect: 'PERMIT_IF', title: '公安户籍记录（查找）' });
    const other = await explainOne(mediation, 'Resident.police#count');
    expect(other.data.explainField).toMatchObject({ effect: 'DENY', remedies: [{ code: 'APPLY' }] });
    for (const name of ['Resident.justice#search', 'Resident.police#drop', '#search', 'x#count']) {
      expect(codes(await explainOne(street, name))).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    }
  });

  it('of a verification is told by its name', async () => {
    const hall: DemoAsk = { client: 'one-stop-hall', purpose: 'one-stop-service' };
    const told = await explainOne(hall, 'SocialSecurityRecord.employer#verify');
    expect(told.data.explainField).toMatchObject({
      effect: 'PERMIT',
      rule: 'AGR-2026-0007.v1#1',
      explanation: expect.stringContaining('只答是否一致'),
      remedies: [],
    });
    const read = await explainOne(hall, 'SocialSecurityRecord.employer');
    expect(read.data.explainField.lesser).toContainEqual(
      expect.objectContaining({ kind: 'VERIFY', coordinate: 'Query.verifyResident', isGranted: true }),
    );
    const yesNo = await askAs(
      hall,
      'query($o: String!) { explainAccess(operation: $o) { yesNo { count of } } }',
      { o: '{ resident(identifier: { value: "x" }) { socialSecurity { employer status } } }' },
    );
    expect(yesNo.data.explainAccess.yesNo).toEqual({ count: 1, of: 2 });
  });

  it('of a verification whose rows nobody can check promises none', async () => {
    const oneList: RowRule = {
      op: 'eq',
      attribute: 'SocialSecurityContribution.insurance',
      value: 'PENSION',
    };
    const demo = compileDemo((agreements) =>
      agreements.map((agreement) =>
        agreement.id === 'AGR-2026-0007' ? { ...agreement, rowScope: oneList } : agreement,
      ),
    );
    const hall: DemoAsk = { client: 'one-stop-hall', purpose: 'one-stop-service', demo };
    const told = await explainOne(hall, 'SocialSecurityRecord.employer#verify');
    expect(told.data.explainField).toMatchObject({ effect: 'DENY', reason: 'UNSUPPORTED_SCOPE' });
    const read = await explainOne(hall, 'SocialSecurityRecord.employer');
    expect(read.data.explainField.lesser).toMatchObject([{ kind: 'VERIFY', isGranted: false }]);
  });

  it('of a verification that is denied says what would open it', async () => {
    const demo = compileDemo((agreements) =>
      agreements.map((agreement) =>
        agreement.id === 'AGR-2026-0007' ? { ...agreement, status: 'SUSPENDED' as const } : agreement,
      ),
    );
    const hall: DemoAsk = { client: 'one-stop-hall', purpose: 'one-stop-service', demo };
    const told = await explainOne(hall, 'SocialSecurityRecord.employer#verify');
    expect(told.data.explainField).toMatchObject({
      effect: 'DENY',
      remedies: [{ code: 'AGREEMENT_SUSPENDED', agreement: 'AGR-2026-0007' }],
      howToApply: expect.stringContaining('人社'),
    });
    const other = await explainOne(
      { client: 'hotline-12345', purpose: 'hotline-service' },
      'SocialSecurityRecord.employer#verify',
    );
    expect(other.data.explainField).toMatchObject({ effect: 'DENY', remedies: [{ code: 'APPLY' }] });
  });

  it('of a value in a list is none: no claim can name it', async () => {
    const told = await explainOne(street, 'PolicePenalty.cause#verify');
    expect(codes(told)).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    const read = await explainOne(street, 'PolicePenalty.cause');
    expect(read.data.explainField.lesser).toEqual([]);
  });
});
