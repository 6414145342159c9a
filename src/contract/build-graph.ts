import type { GraphQLSchema } from 'graphql';
import type { SourceSettings } from '../connectors/connector.ts';
import { buildFields } from './build-fields.ts';
import { type Contract, kindsOf } from './contract.ts';
import type { SourceValues } from './directive-values.ts';
import { createRecord, freezeDeep } from './freeze.ts';
import type { Coordinate, EntityShape, Graph } from './graph.ts';
import type { Entity } from './read-core.ts';
import { readRegisters } from './read-registers.ts';
import { readStatements } from './read-statements.ts';

/** Turns a contract without problems into the data that the planner reads. Deeply frozen, except the schema. */
export function buildGraph(contract: Contract, schema: GraphQLSchema, version: string): Graph {
  const fields = [...buildFields(contract)];
  return Object.freeze({
    schema,
    version,
    departments: freezeDeep(new Map(contract.departments.map(({ values }) => [values.name, { ...values }]))),
    sources: freezeDeep(new Map(contract.sources.map(({ values }) => [values.name, buildSource(values)]))),
    fields: freezeDeep(new Map(fields.map((field) => [field.coordinate, field]))),
    elements: freezeDeep(
      new Map(
        fields.flatMap((field): [Coordinate, Coordinate][] =>
          'element' in field && field.element ? [[field.element, field.coordinate]] : [],
        ),
      ),
    ),
    statements: freezeDeep(readStatements(fields)),
    registers: freezeDeep(readRegisters(fields)),
    entities: freezeDeep(
      new Map([...contract.core.entities].map(([name, entity]) => [name, shapeOf(entity)])),
    ),
    sections: freezeDeep(
      new Map(
        [...contract.outline.uses].flatMap(([name, [use]]): [string, Coordinate][] =>
          use ? [[name, use.place.section.coordinate]] : [],
        ),
      ),
    ),
  });
}

function shapeOf({ name, keys }: Entity): EntityShape {
  const keyName = keys.find((key) => key !== 'id');
  if (keyName === undefined) return { name };
  return keys.includes('id') ? { name, keyName } : { name, keyName, publicKey: keyName };
}

/** SQL connectors stream rows; the bound on a response is for those that read it whole. */
const defaultMaxResponseBytes = 16_777_216;

function buildSource(values: SourceValues): SourceSettings {
  const [kind] = kindsOf(values);
  const settings = kind && values[kind];
  if (!kind || !settings) throw new TypeError('A source without a kind was composed.');
  const charsets = 'columnCharsets' in settings ? (settings.columnCharsets ?? []) : [];
  return {
    name: values.name,
    department: values.department,
    kind,
    credential: settings.credential,
    deadlineMs: values.deadlineMs,
    concurrency: values.concurrency,
    batch: values.batch,
    maxResponseBytes: 'maxResponseBytes' in settings ? settings.maxResponseBytes : defaultMaxResponseBytes,
    ...(values.charset === undefined ? {} : { charset: values.charset }),
    columnCharsets: createRecord(charsets.map(({ column, charset }) => [column, charset])),
  };
}
