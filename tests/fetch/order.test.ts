import { describe, expect, it } from 'vitest';
import type { RowRule } from '../../src/policies/agreement.ts';
import { healthGraph } from '../support/health-fixture.ts';
import { hubGraph } from '../support/hub-graph.ts';
import { citizenId } from '../support/residents.ts';
import { execute, type RunOptions } from '../support/run-operation.ts';
import { type DecisionTable, deny, masked, permitAllBut, permitIf } from '../support/table-policy.ts';

const id = citizenId(1);

const tables = {
  PolicePenalty: [
    { gmsfhm: id, wsbh: '2', cfrq: '20250101', ay: '旧', fcbz: '0' },
    { gmsfhm: id, wsbh: '1', cfrq: '20260101', ay: '新', fcbz: '0' },
    { gmsfhm: id, wsbh: '0', cfrq: '20260101', ay: '新，编号在前', fcbz: '0' },
  ],
  JusticeMediationCase: [
    { idNumber: id, caseNo: 'C1', disputeKind: '旧', acceptedOn: '2025-01-01' },
    { idNumber: id, caseNo: 'C2', disputeKind: '新', acceptedOn: '2026-01-01' },
  ],
};

async function run(selection: string, table: DecisionTable = {}, options: RunOptions = {}) {
  const source = `{ resident(identifier: {value: "${id}"}) { ${selection} } }`;
  const result = await execute(source, {}, { tables, decisions: permitAllBut(hubGraph, table), ...options });
  expect(result.unknown).toEqual([]);
  const [read] = result.reads;
  return { resident: result.data.resident, order: read?.request.order, columns: read?.request.columns };
}

const byDate = { column: 'cfrq', direction: 'DESC' };
const byNumber = { column: 'wsbh', direction: 'ASC' };

// What a list is sorted by tells as much as reading it: it is decided like reading, whatever is selected.
describe('the order of a list', () => {
  it('is the contract’s, by whatever the caller may read, selected or not', async () => {
    const { resident, order, columns } = await run(
      'police { penalties(first: 1) { cause } }'.replace('(first: 1)', ''),
    );
    expect(order).toEqual([byDate, byNumber]);
    // A database sorts without saying.
    expect(columns).toEqual(['ay']);
    expect(resident.police.penalties.map(({ cause }: { cause: string }) => cause)).toEqual([
      '新，编号在前',
      '新',
      '旧',
    ]);
  });

  it('does not depend on what else is selected', async () => {
    const orders = await Promise.all(
      ['cause', 'cause decidedOn', 'documentNumber', '__typename cause'].map(
        async (fields) => (await run(`police { penalties { ${fields} } }`)).order,
      ),
    );
    expect(new Set(orders.map((order) => JSON.stringify(order))).size).toBe(1);
  });

  it.each<[what: string, table: DecisionTable, order: unknown]>([
    ['denied', { 'PolicePenalty.decidedOn': deny }, []],
    ['masked', { 'PolicePenalty.decidedOn': masked('YEAR') }, []],
    [
      'under a rule that the list does not stand under',
      { 'PolicePenalty.decidedOn': permitIf({ op: 'eq', attribute: 'PolicePenalty.cause', value: '新' }) },
      [],
    ],
    [
      'under a mask where a rule holds',
      {
        'PolicePenalty.decidedOn': permitIf(
          { op: 'eq', attribute: 'PolicePenalty.cause', value: '新' },
          'YEAR',
        ),
      },
      [],
    ],
  ])('ends before a column that is %s', async (_, table, order) => {
    expect((await run('police { penalties { cause } }', table)).order).toEqual(order);
    // Selecting the field beside it does not help, unless the list then stands under its rule.
    const selected = (await run('police { penalties { cause decidedOn } }', table)).order;
    const isRule =
      table['PolicePenalty.decidedOn']?.effect === 'PERMIT_IF' &&
      !('mask' in table['PolicePenalty.decidedOn']);
    expect(selected).toEqual(isRule ? [byDate, byNumber] : order);
  });

  it('keeps the columns before one that is not permitted', async () => {
    expect(
      (await run('police { penalties { cause } }', { 'PolicePenalty.documentNumber': deny })).order,
    ).toEqual([byDate]);
  });

  it('uses a column under the rule that the whole list stands under', async () => {
    const rule: RowRule = { op: 'eq', attribute: 'PolicePenalty.cause', value: '新' };
    const { order } = await run('police { penalties { cause } }', {
      'PolicePenalty.decidedOn': permitIf(rule),
      'PolicePenalty.cause': permitIf(rule),
    });
    expect(order).toEqual([byDate, byNumber]);
  });

  it('of a source that must say by what it sorts: the column is asked, where permitted, and not shown', async () => {
    const { resident, order, columns } = await run('justice { mediationCases(first: 1) { dispute } }');
    expect(order).toEqual([{ column: 'acceptedOn', direction: 'DESC' }]);
    expect(columns).toEqual(['disputeKind', 'acceptedOn']);
    expect(resident.justice.mediationCases).toEqual([{ dispute: '新' }]);
  });

  it('of such a source, where not permitted: the column is not asked', async () => {
    const { order, columns } = await run('justice { mediationCases(first: 1) { dispute } }', {
      'JusticeMediationCase.acceptedOn': deny,
    });
    expect([order, columns]).toEqual([[], ['disputeKind']]);
  });

  it('by a column that no field shows is nobody’s to use', async () => {
    const unfielded = permitAllBut(healthGraph, { 'HealthVisit.day': deny });
    const { order } = await run(
      'health { visits { ward } }',
      {},
      { graph: healthGraph, decisions: unfielded },
    );
    expect(order).toEqual([]);
  });

  it('is asked under the conditions of the list', async () => {
    const source = `query($a: Boolean!) { resident(identifier: {value: "${id}"}) { justice { mediationCases { dispute @include(if: $a) } } } }`;
    const ask = async (a: boolean) =>
      (await execute(source, { a }, { tables, decisions: permitAllBut(hubGraph, {}) })).reads.map(
        ({ request }) => request.columns,
      );
    expect([await ask(true), await ask(false)]).toEqual([[['disputeKind', 'acceptedOn']], []]);
  });
});
