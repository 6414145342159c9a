import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { masksByType } from '../../src/contract/masks.ts';
import { hubGraph } from '../support/hub-graph.ts';
import { citizenId } from '../support/residents.ts';
import { execute } from '../support/run-operation.ts';
import { policeRow, sampleTables } from '../support/sample-tables.ts';
import { inRegion, masked, permitAllBut, permitIf } from '../support/table-policy.ts';

const id = citizenId(8);
const day = fc
  .tuple(fc.integer({ min: 10, max: 12 }), fc.integer({ min: 10, max: 28 }))
  .map((parts) => parts.join(''));

/** For each mask: a field that carries it, its column, and stored values with the part that must stay hidden. */
const kinds: Readonly<
  Record<string, { field: string; column: string; stored: fc.Arbitrary<[raw: string, hidden: string]> }>
> = {
  NAME: {
    field: 'name',
    column: 'xm',
    stored: fc.stringMatching(/^[㐀-㐿]{2,4}$/).map((rest) => [`张${rest}`, rest]),
  },
  REDACT: {
    field: 'name',
    column: 'xm',
    stored: fc.stringMatching(/^[㐀-㐿]{3,6}$/).map((text) => [text, text]),
  },
  ADDRESS: {
    field: 'address',
    column: 'hjdz',
    stored: fc
      .stringMatching(/^[㐀-㐿]{2,4}$/)
      .map((road) => [`浙江省杭州市西湖区北山街道${road}路7号`, road]),
  },
  PHONE: {
    field: 'phone',
    column: 'lxdh',
    stored: fc.stringMatching(/^[3-9]{4}$/).map((middle) => [`138${middle}0102`, `138${middle}`]),
  },
  CITIZEN_ID: {
    field: 'phone',
    column: 'lxdh',
    stored: day.map((date) => [citizenId(3, `1971${date}`), `1971${date}`]),
  },
  YEAR: {
    field: 'birthDate',
    column: 'csrq',
    stored: day.map((date) => [`1971${date}`, `1971-${date.slice(0, 2)}`]),
  },
  YEAR_MONTH: {
    field: 'birthDate',
    column: 'csrq',
    stored: day.map((date) => [`1971${date}`, `1971-${date.slice(0, 2)}-${date.slice(2)}`]),
  },
};

describe('no clear value of a masked field leaves the hub', () => {
  it('every mask of text and dates is tried', () => {
    const named = [...masksByType]
      .filter(([type]) => type !== 'Int' && type !== 'Float')
      .flatMap(([, masks]) => masks);
    expect(new Set(Object.keys(kinds))).toEqual(new Set(named));
  });

  it.each(Object.entries(kinds))(
    '%s: not in data, errors, findings or the story',
    async (mask, { field, column, stored }) => {
      const source = `{ resident(identifier: {value: "${id}"}) { police { ${field} } sections { ... on PoliceRecord { ${field} } } } }`;
      const shape = fc.constantFrom<(raw: string) => unknown>(
        (raw) => raw,
        (raw) => ` ${raw} `,
        (raw) => [raw],
        (raw) => ({ raw }),
      );
      await fc.assert(
        fc.asyncProperty(stored, shape, fc.boolean(), async ([raw, hidden], wrap, isScoped) => {
          const decision = isScoped ? permitIf(inRegion, mask) : masked(mask);
          const run = await execute(
            source,
            {},
            {
              tables: { ...sampleTables([]), PoliceRecord: [{ ...policeRow(id, 0), [column]: wrap(raw) }] },
              decisions: permitAllBut(hubGraph, { [`PoliceRecord.${field}`]: decision }),
              subject: { region: '330106' },
            },
          );
          const { reads, decisions, errors } = run.story;
          const told = run.text + JSON.stringify([run.findings, run.unknown, reads, decisions, [...errors]]);
          expect(run.data.resident.police).not.toBeNull();
          for (const part of [raw, hidden]) expect(told).not.toContain(part);
        }),
        { numRuns: 25, seed: 7 },
      );
    },
  );

  it('BAND: numbers of one band give one answer', async () => {
    const ask = (cents: number) =>
      execute(
        `{ resident(identifier: {value: "${id}"}) { socialSecurity { contributions { baseYuan } } } }`,
        {},
        {
          tables: {
            SocialSecurityContribution: [
              { aac002: id, aae003: '202601', aae140: '110', aae180: cents, aae082: 1 },
            ],
          },
          decisions: permitAllBut(hubGraph, { 'SocialSecurityContribution.baseYuan': masked('BAND') }),
        },
      );
    const [one, other] = [await ask(234_567), await ask(345_678)];
    expect(one?.data.resident.socialSecurity.contributions).toEqual([{ baseYuan: 2000 }]);
    expect(other?.data).toEqual(one?.data);
    expect(one?.text).not.toContain('2345');
  });
});
