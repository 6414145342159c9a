import { composeServices } from '@theguild/federation-composition';
import { type DocumentNode, Kind, parse, print } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createCallerSchema } from '../../src/explain/caller-schema.ts';
import { printSubgraph } from '../../src/explain/print-subgraph.ts';
import type { Asker } from '../../src/plan/supported-decision.ts';
import { createSubjectClass } from '../../src/policies/subject-class.ts';
import { attachResolvers } from '../../src/resolvers/planned.ts';
import { createSubgraph } from '../../src/resolvers/subgraph.ts';
import { caseSdl } from '../story/case-system.ts';
import { demoPolicy, demoSubject } from '../support/demo-policy.ts';
import { composeWithoutResolvers, hubGraph } from '../support/hub-graph.ts';
import { codes, execute, testNow } from '../support/run-operation.ts';
import {
  createTablePolicy,
  type DecisionTable,
  deny,
  masked,
  permitAllBut,
} from '../support/table-policy.ts';

const callers = [
  { client: 'mediation-center', purpose: 'dispute-mediation' },
  { client: 'street-platform', purpose: 'grassroots-governance' },
  { client: 'audit-office', purpose: 'audit-review' },
  { client: 'hotline-12345', purpose: 'dispute-mediation' },
];

function askerOf(client: string, purpose: string): Asker {
  const subject = createSubjectClass({ subject: demoSubject(client), purpose });
  return { graph: hubGraph, policy: demoPolicy.policy, subject };
}

function subgraphOf(asker: Asker): string {
  return printSubgraph(asker, createCallerSchema(asker).schema);
}

function tableAsker(decisions: DecisionTable): Asker {
  return { ...askerOf('mediation-center', 'dispute-mediation'), policy: createTablePolicy(decisions) };
}

/** The keys of the types that have some. */
function keysOf(sdl: string): Record<string, string[]> {
  const { definitions }: DocumentNode = parse(sdl);
  return Object.fromEntries(
    definitions.flatMap((node) => {
      if (node.kind !== Kind.OBJECT_TYPE_DEFINITION) return [];
      const keys = (node.directives ?? []).filter(({ name }) => name.value === 'key').map(print);
      return keys.length > 0 ? [[node.name.value, keys]] : [];
    }),
  );
}

describe('the SDL that a gateway is told', () => {
  it.each(callers)('composes with another graph for $client and $purpose', ({ client, purpose }) => {
    const { supergraphSdl, errors } = composeServices([
      { name: 'shuqiao', typeDefs: parse(subgraphOf(askerOf(client, purpose))) },
      {
        name: 'cases',
        typeDefs: parse(
          `${caseSdl}\ntype PageInfo @shareable { hasNextPage: Boolean! }`.replace(
            '["@key"]',
            '["@key", "@shareable"]',
          ),
        ),
      },
    ]);
    expect(errors).toBeUndefined();
    expect(supergraphSdl).toContain('type Case');
  });

  it('names nothing that introspection of the caller does not, and nothing of how departments store it', () => {
    for (const { client, purpose } of callers) {
      const asker = askerOf(client, purpose);
      const own = new Set(Object.keys(createCallerSchema(asker).schema.getTypeMap()));
      const sdl = subgraphOf(asker);
      const names = parse(sdl).definitions.flatMap((node) =>
        'name' in node && node.name ? [node.name.value] : [],
      );
      expect(names.filter((name) => !own.has(name))).toEqual([]);
      expect(sdl).not.toMatch(/@(connect|source|from|share|authority|filterable|catalog|department|code)\b/);
      expect(sdl).not.toMatch(/t_czrk|gmsfhm|police-population/);
      expect(sdl).not.toMatch(/_Any|_Entity|_Service|_entities|_service/);
    }
  });

  it('has the hub’s reference and public codes as keys', () => {
    expect(keysOf(subgraphOf(tableAsker(permitAllBut(hubGraph, {}))))).toEqual({
      Resident: ['@key(fields: "id")'],
      Household: ['@key(fields: "id")', '@key(fields: "number")'],
      Dwelling: ['@key(fields: "id")', '@key(fields: "code")'],
      Building: ['@key(fields: "code")'],
      Grid: ['@key(fields: "code")'],
    });
  });

  it('has a number as a key only where the caller gets it clear: a gateway would carry the mask elsewhere', () => {
    const number = 'PoliceHouseholdRecord.number';
    for (const decision of [deny, masked('REDACT')]) {
      const sdl = subgraphOf(tableAsker(permitAllBut(hubGraph, { [number]: decision })));
      expect(keysOf(sdl)['Household']).toEqual(['@key(fields: "id")']);
    }
  });

  const graph = composeWithoutResolvers();
  attachResolvers(graph, createSubgraph({ policy: () => demoPolicy.policy, now: () => testNow }));
  const subject = demoSubject('mediation-center');
  const ask = (source: string) =>
    execute(source, {}, { graph, subject, purpose: 'dispute-mediation', policy: demoPolicy.policy });

  it('is told by _service to every caller about itself, and is on record', async () => {
    const { data, errors, reads, story } = await ask('{ _service { sdl } }');
    expect([errors, reads]).toEqual([[], []]);
    expect(data._service.sdl).toBe(subgraphOf(askerOf('mediation-center', 'dispute-mediation')));
    expect(story.decisions).toEqual([
      { coordinate: 'Query._service', effect: 'PERMIT', rule: 'hub:own-access' },
    ]);
  });

  it('cannot be multiplied by aliases', async () => {
    const names = Array.from({ length: 90 }, (_, n) => `a${n}: sdl`).join(' ');
    expect(codes(await ask(`{ a: _service { ${names} } b: _service { ${names} } }`))).toContain(
      'OPERATION_LIMIT_EXCEEDED',
    );
  });
});
