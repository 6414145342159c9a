import { describe, expect, it } from 'vitest';
import type { RowRule } from '../../src/policies/agreement.ts';
import { healthGraph } from '../support/health-fixture.ts';
import { noLists } from '../support/no-lists.ts';
import type { StoredRow } from '../support/recording-connector.ts';
import { citizenId } from '../support/residents.ts';
import { execute, type Run, type RunOptions } from '../support/run-operation.ts';
import { deny, masked, permitAllBut, permitIf } from '../support/table-policy.ts';

const id = citizenId(1);
const all = permitAllBut(healthGraph, {});

function run(selection: string, row: StoredRow, options: RunOptions = {}): Promise<Run> {
  return execute(
    `{ resident(identifier: {value: "${id}"}) { court { ${selection} } } }`,
    {},
    {
      graph: healthGraph,
      decisions: all,
      tables: { CourtRecord: [{ idNo: id, status: '在办', region: '3301', ...row }] },
      ...options,
    },
  );
}

async function court(selection: string, row: StoredRow, options?: RunOptions): Promise<unknown> {
  const { data, unknown } = await run(selection, row, options);
  expect(unknown).toEqual([]);
  return data.resident.court;
}

describe('an object inside the row', () => {
  it.each<[what: string, file: unknown, shown: unknown]>([
    [
      'whole',
      { number: 'A1', judge: '李法官', room: { floor: 3 } },
      { number: 'A1', judge: '李法官', room: { floor: 3 } },
    ],
    ['without a part', { number: 'A1' }, { number: 'A1', judge: null, room: null }],
    [
      'of which only the innermost is there',
      { room: { floor: '4' } },
      { number: null, judge: null, room: { floor: 4 } },
    ],
    ['with more than was asked', { number: 'A1', secret: 'x' }, { number: 'A1', judge: null, room: null }],
    ['that is null', null, null],
    ['that is absent', undefined, null],
    ['that is empty', {}, null],
    ['of nulls', { number: null, judge: null, room: { floor: null } }, null],
    ['that is a text', 'A1', null],
    ['that is a list', [{ number: 'A1' }], null],
    ['with an empty object', { number: 'A1', room: {} }, { number: 'A1', judge: null, room: null }],
  ])('%s', async (_, file, shown) => {
    expect(await court('status file { number judge room { floor } }', { file })).toEqual({
      status: '在办',
      file: shown,
    });
  });

  it('asks for the selected paths alone', async () => {
    const { reads } = await run('file { judge room { floor } }', {});
    expect(reads.map(({ request }) => request.columns)).toEqual([['file.judge', 'file.room.floor']]);
  });

  it('with a part of the wrong type is SOURCE_FAULT there, and the rest stands', async () => {
    const { data, errors } = await run('file { number judge }', {
      file: { number: ['A1'], judge: '李法官' },
    });
    expect(data.resident.court.file).toEqual({ number: null, judge: '李法官' });
    expect(
      errors.map(({ extensions }) => [extensions?.['coordinate'], extensions?.['responsePath']]),
    ).toEqual([['CourtFile.number', 'resident.court.file.number']]);
  });

  it('with a denied and a masked part', async () => {
    const decisions = permitAllBut(healthGraph, {
      'CourtFile.number': deny,
      'CourtFile.judge': masked('NAME'),
    });
    const { data, reads, text } = await run(
      'file { number judge }',
      { file: { number: 'A1', judge: '李法官' } },
      { decisions },
    );
    expect(data.resident.court.file).toEqual({ number: null, judge: '李**' });
    expect(reads[0]?.request.columns).toEqual(['file.judge']);
    expect(text).not.toMatch(/A1|李法官/);
  });

  it('whose parts stand under different rules is put together from the rows that may be seen', async () => {
    const inside: RowRule = { op: 'eq', attribute: 'CourtRecord.region', value: '3301' };
    const outside: RowRule = { op: 'eq', attribute: 'CourtRecord.region', value: '5101' };
    const decisions = permitAllBut(healthGraph, {
      'CourtFile.number': permitIf(inside),
      'CourtRoom.floor': permitIf(outside),
    });
    const row = { file: { number: 'A1', judge: '李法官', room: { floor: 3 } } };
    expect(await court('file { number judge room { floor } }', row, { decisions })).toEqual({
      file: { number: 'A1', judge: '李法官', room: null },
    });
    expect(await court('file { number room { floor } }', { ...row, region: '5101' }, { decisions })).toEqual({
      file: { number: null, room: { floor: 3 } },
    });
    expect(
      await court('file { number room { floor } }', { ...row, region: '9999' }, { decisions }),
    ).toBeNull();
  });

  it('inside an object whose parts stand under different rules is put together too', async () => {
    const inside: RowRule = { op: 'eq', attribute: 'CourtRecord.region', value: '3301' };
    const decisions = permitAllBut(healthGraph, { 'CourtRoom.floor': permitIf(inside) });
    const file = { number: 'A1', room: { floor: 3, wing: '东' } };
    expect(await court('file { number room { floor wing } }', { file }, { decisions })).toEqual({ file });
  });

  it('selected by its type name alone is there if the record is', async () => {
    expect(await court('status file { __typename }', { file: { number: 'A1' } })).toEqual({
      status: '在办',
      file: null,
    });
  });
});

describe('a list inside the row', () => {
  it.each<[what: string, hearings: unknown, shown: unknown]>([
    [
      'whole',
      [
        { day: '2026-01-01', clerk: '甲' },
        { day: '2026-01-02', clerk: '乙' },
      ],
      [
        { day: '2026-01-01', clerk: '甲' },
        { day: '2026-01-02', clerk: '乙' },
      ],
    ],
    [
      'with items that lack something',
      [{ day: '2026-01-01' }, { clerk: '乙' }],
      [
        { day: '2026-01-01', clerk: null },
        { day: null, clerk: '乙' },
      ],
    ],
    ['with items that hold nothing', [{}, { clerk: '乙' }, null], [{ day: null, clerk: '乙' }]],
    ['empty', [], []],
    ['null', null, null],
    ['absent', undefined, null],
    ['that is an object', { day: '2026-01-01' }, null],
    ['that is a text', '2026-01-01', null],
    ['of texts', ['2026-01-01', '2026-01-02'], []],
  ])('%s', async (_, hearings, shown) => {
    expect(await court('status hearings { day clerk }', { hearings })).toEqual({
      status: '在办',
      hearings: shown,
    });
  });

  it('of lists and of objects', async () => {
    const hearings = [
      {
        day: '2026-01-01',
        place: { room: '一庭' },
        speakers: [{ name: '张三', minutes: 5 }, { name: '李四' }],
      },
      { day: '2026-01-02', place: null, speakers: [] },
      { day: '2026-01-03', speakers: null },
      { day: '2026-01-04', place: {}, speakers: [{}, { minutes: '7' }] },
    ];
    expect(await court('hearings { day place { room } speakers { name minutes } }', { hearings })).toEqual({
      hearings: [
        {
          day: '2026-01-01',
          place: { room: '一庭' },
          speakers: [
            { name: '张三', minutes: 5 },
            { name: '李四', minutes: null },
          ],
        },
        { day: '2026-01-02', place: null, speakers: [] },
        { day: '2026-01-03', place: null, speakers: null },
        { day: '2026-01-04', place: null, speakers: [{ name: null, minutes: 7 }] },
      ],
    });
  });

  it('asks for aligned columns, denied ones not among them, and masks each item', async () => {
    const decisions = permitAllBut(healthGraph, {
      'CourtSpeaker.name': masked('NAME'),
      'CourtHearing.clerk': deny,
    });
    const hearings = [{ clerk: '书记员', speakers: [{ name: '张三丰' }, { name: '李四光' }] }];
    const { data, reads, text } = await run(
      'hearings { clerk speakers { name } }',
      { hearings },
      { decisions },
    );
    expect(reads[0]?.request.columns).toEqual(['hearings[].speakers[].name']);
    expect(data.resident.court.hearings).toEqual([
      { clerk: null, speakers: [{ name: '张**' }, { name: '李**' }] },
    ]);
    expect(text).not.toMatch(/书记员|张三丰|李四光/);
  });

  it.each<[what: string, values: unknown[], shown: unknown]>([
    [
      'of different lengths',
      [['2026-01-01', '2026-01-02', '2026-01-03'], ['甲']],
      [
        { day: '2026-01-01', clerk: '甲' },
        { day: '2026-01-02', clerk: null },
        { day: '2026-01-03', clerk: null },
      ],
    ],
    ['of which one is no list', [['2026-01-01'], '甲'], [{ day: '2026-01-01', clerk: null }]],
    ['of which one is missing', [['2026-01-01'], undefined], [{ day: '2026-01-01', clerk: null }]],
    ['of which none is a list', ['2026-01-01', 7], null],
  ])('whose columns come %s', async (_, values, shown) => {
    const connectors = new Map([
      [
        'court-api',
        {
          source: 'court-api',
          kind: 'http' as const,
          read: async () => ({
            rows: [{ key: 0, values }],
            readAt: '2026-01-01T00:00:00.000Z',
            reads: 1,
            findings: {},
          }),
          ...noLists,
          probe: async () => ({ ok: true, notes: [] }),
          close: async () => {},
        },
      ],
    ]);
    expect(await court('hearings { day clerk }', {}, { connectors })).toEqual({ hearings: shown });
  });

  it('whose fields stand under different rules is shown where all of them hold', async () => {
    // Items have no identity by which two reads could be put together.
    const inside: RowRule = { op: 'eq', attribute: 'CourtRecord.region', value: '3301' };
    const busy: RowRule = { op: 'eq', attribute: 'CourtRecord.status', value: '在办' };
    const decisions = permitAllBut(healthGraph, {
      'CourtHearing.day': permitIf(inside),
      'CourtSpeaker.name': permitIf(busy),
    });
    const hearings = [{ day: '2026-01-01', clerk: '甲', speakers: [{ name: '张三' }] }];
    const ask = (row: StoredRow) =>
      court('region hearings { day clerk speakers { name } }', { hearings, ...row }, { decisions });
    expect(await ask({})).toEqual({ region: '3301', hearings });
    expect(await ask({ region: '5101' })).toEqual({ region: '5101', hearings: null });
    expect(await ask({ status: '结案' })).toEqual({ region: '3301', hearings: null });
  });

  it('with items of the wrong type is SOURCE_FAULT, counted for each', async () => {
    const hearings = [{ clerk: ['甲'] }, { clerk: '乙' }, { clerk: {} }];
    const { data, errors } = await run('hearings { day clerk }', { hearings });
    expect(data.resident.court.hearings[1]).toEqual({ day: null, clerk: '乙' });
    expect(
      errors.map(({ extensions }) => [
        extensions?.['code'],
        extensions?.['coordinate'],
        extensions?.['count'],
      ]),
    ).toEqual([['SOURCE_FAULT', 'CourtHearing.clerk', 2]]);
  });
});
