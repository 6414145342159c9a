import {
  buildSchema,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  validateSchema,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import type { Graph } from '../../src/contract/graph.ts';
import { type CallerSchema, createCallerSchema } from '../../src/explain/caller-schema.ts';
import { decideCoordinate } from '../../src/plan/decide-coordinate.ts';
import { defaultLimits } from '../../src/plan/limits.ts';
import { planOperation } from '../../src/plan/plan-operation.ts';
import { type Operation, prepareOperation } from '../../src/plan/prepare-operation.ts';
import type { Asker } from '../../src/plan/supported-decision.ts';
import { createSubjectClass } from '../../src/policies/subject-class.ts';
import { demoCallers, demoPolicy, demoSubject } from '../support/demo-policy.ts';
import { healthGraph } from '../support/health-fixture.ts';
import { hubGraph } from '../support/hub-graph.ts';
import { selectEachCoordinate } from '../support/select-coordinate.ts';
import {
  createTablePolicy,
  type DecisionTable,
  deny,
  inRegion,
  masked,
  permit,
  permitAllBut,
  permitIf,
} from '../support/table-policy.ts';

function askerOf(client: string, purpose: string, graph: Graph = hubGraph): Asker {
  const subject = createSubjectClass({ subject: demoSubject(client), purpose });
  return { graph, policy: demoPolicy.policy, subject };
}

function has({ schema }: CallerSchema, coordinate: string): boolean {
  const [typeName = '', name = ''] = coordinate.split('.');
  const type = schema.getType(typeName);
  return (isObjectType(type) || isInterfaceType(type)) && Object.hasOwn(type.getFields(), name);
}

/** The shortest operation for each field, prepared once. */
function operationsOf(
  graph: Graph,
): readonly { readonly coordinate: string; readonly operation: Operation }[] {
  return [...selectEachCoordinate(graph.schema)].map(([coordinate, source]) => ({
    coordinate,
    operation: prepareOperation(source, undefined, graph.schema, defaultLimits),
  }));
}

/** Fields about which the schema says something else than a plan that selects the field alone. */
function differences(asker: Asker, operations: ReturnType<typeof operationsOf>): string[] {
  const schema = createCallerSchema(asker);
  return operations.flatMap(({ coordinate, operation }) => {
    const { decisions, denials, roots } = planOperation({ operation, ...asker });
    const isDenied = denials.length > 0 || decisions.some(({ decision }) => decision.effect === 'DENY');
    const isListed = has(schema, coordinate);
    // Sections are listed as far as they may be known: what is denied of one says nothing of the others.
    const isOfSections = /^(RecordSection\.|Resident\.sections$)/.test(coordinate);
    if (isOfSections) return isListed === roots.some(({ steps }) => steps.length > 0) ? [] : [coordinate];
    // Several roots lead there, and one is enough.
    if (coordinate.startsWith('PageInfo.')) return [];
    if (isLeaf(asker.graph, coordinate)) return isListed === !isDenied ? [] : [coordinate];
    // A record of which nothing is shown but lists is listed for their sake.
    return isListed || decisions.length === 0 || isDenied ? [] : [coordinate];
  });
}

function isLeaf({ schema }: Graph, coordinate: string): boolean {
  const [typeName = '', name = ''] = coordinate.split('.');
  const type = schema.getType(typeName);
  return isObjectType(type) || isInterfaceType(type)
    ? isLeafType(getNamedType(type.getFields()[name]?.type))
    : false;
}

describe("a caller's schema", () => {
  const operations = operationsOf(hubGraph);

  it.each(demoCallers)(
    'of $client for $purpose has exactly the fields that a plan does not deny',
    ({ client, purpose }) => {
      const asker = askerOf(client, purpose);
      expect(differences(asker, operations)).toEqual([]);
      for (const { coordinate, operation } of operations) {
        const planned = planOperation({ operation, ...asker }).decisions.find(
          (one) => one.coordinate === coordinate,
        );
        if (planned) expect(decideCoordinate(asker, coordinate), coordinate).toEqual(planned.decision);
      }
    },
  );

  it('holds to that for a department of any shape, one permitted field at a time', () => {
    const health = operationsOf(healthGraph);
    const subject = createSubjectClass({ subject: demoSubject('hotline-12345'), purpose: 'hotline-service' });
    const columns = [...healthGraph.fields.values()].filter(({ kind }) => kind === 'column');
    for (const { coordinate, typeName } of columns) {
      const said = [permit, permitIf(inRegion), ...(typeName === 'String' ? [masked('REDACT')] : [])];
      for (const decision of said) {
        const policy = createTablePolicy({ [coordinate]: decision });
        expect(differences({ graph: healthGraph, policy, subject }, health), coordinate).toEqual([]);
      }
    }
  });

  it.each(demoCallers)(
    'of $client for $purpose is valid, complete and the same each time',
    ({ client, purpose }) => {
      const { schema, sdl, etag } = createCallerSchema(askerOf(client, purpose));
      expect(validateSchema(buildSchema(sdl))).toEqual([]);
      expect(validateSchema(schema)).toEqual([]);
      expect(createCallerSchema(askerOf(client, purpose))).toMatchObject({ sdl, etag });
      for (const type of Object.values(schema.getTypeMap())) {
        if (isInterfaceType(type)) expect(schema.getPossibleTypes(type).length, type.name).toBeGreaterThan(0);
      }
    },
  );

  it.each([
    [
      'mediation-center',
      'dispute-mediation',
      'PoliceRecord.phone',
      '掩码 masked — 脱敏提供：只显示前 3 位和后 4 位。',
    ],
    ['mediation-center', 'dispute-mediation', 'Resident.name', '明文 clear — 明文提供。'],
    ['mediation-center', 'dispute-mediation', 'PoliceRecord.watchFlag', undefined],
    ['mediation-center', 'dispute-mediation', 'PolicePenalty.cause', undefined],
    ['one-stop-hall', 'one-stop-service', 'PoliceRecord.birthDate', '掩码 masked — 脱敏提供：只显示年份。'],
    ['one-stop-hall', 'one-stop-service', 'SocialSecurityRecord.employer', undefined],
    ['one-stop-hall', 'one-stop-service', 'JusticeRecord.name', undefined],
    [
      'street-platform',
      'grassroots-governance',
      'PoliceRecord.name',
      '按行 conditional — 仅当行政区划代码开头为令牌中的辖区时明文提供',
    ],
    ['street-platform', 'grassroots-governance', 'PoliceRecord.phone', '按行 conditional — 仅当'],
    ['hotline-12345', 'hotline-service', 'PoliceRecord.name', '掩码 masked — 脱敏提供：只显示姓氏。'],
    ['hotline-12345', 'hotline-service', 'PoliceRecord.sex', undefined],
    ['hotline-12345', 'dispute-mediation', 'PoliceRecord.name', undefined],
    ['civil-affairs-desk', 'social-assistance-review', 'PolicePenalty.cause', undefined],
    ['correction-desk', 'correction-supervision', 'JusticeCommunityCorrection.kind', '明文 clear'],
    ['audit-office', 'audit-review', 'Query.accessRecords', '访问记录查询'],
    ['audit-office', 'audit-review', 'Resident.name', undefined],
    ['hotline-12345', 'hotline-service', 'Query.accessRecords', undefined],
  ])('%s for %s: %s is described by its decision: %s', (client, purpose, coordinate, text) => {
    const { schema } = createCallerSchema(askerOf(client, purpose));
    const [typeName = '', name = ''] = coordinate.split('.');
    const type = schema.getType(typeName);
    const field = isObjectType(type) ? type.getFields()[name] : undefined;
    if (text === undefined) expect(field).toBeUndefined();
    else expect(field?.description).toContain(text);
  });

  it('names no type, enum or input that only denied fields lead to', () => {
    const { sdl } = createCallerSchema(askerOf('hotline-12345', 'hotline-service'));
    for (const name of [
      'Justice',
      'CivilAffairs',
      'SocialSecurity',
      'AccessRecord',
      'MaritalStatus',
      'watchFlag',
    ]) {
      expect(sdl).not.toContain(name);
    }
  });

  it('offers a filter only to those who may read the field clear', () => {
    const subject = createSubjectClass({ subject: demoSubject('hotline-12345'), purpose: 'hotline-service' });
    const all = permitAllBut(hubGraph, {});
    const argumentsWith = (table: DecisionTable) => {
      const { schema } = createCallerSchema({ graph: hubGraph, policy: createTablePolicy(table), subject });
      const type = schema.getType('JusticeRecord');
      return isObjectType(type) ? type.getFields()['mediationCases']?.args.map(({ name }) => name) : [];
    };
    const filter = 'JusticeMediationCase.caseNumber';
    expect(argumentsWith(all)).toEqual(['caseNumber', 'first']);
    expect(argumentsWith({ ...all, [filter]: permitIf(inRegion) })).toEqual(['caseNumber', 'first']);
    expect(argumentsWith({ ...all, [filter]: masked('REDACT') })).toEqual(['first']);
    expect(argumentsWith({ ...all, [filter]: permitIf(inRegion, 'REDACT') })).toEqual(['first']);
    expect(argumentsWith({ ...all, [filter]: deny })).toEqual(['first']);
  });
});
