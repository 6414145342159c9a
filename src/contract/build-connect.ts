import type { GraphqlTarget, HttpTarget, Target } from '../connectors/connector.ts';
import { type Contract, findCodeTable } from './contract.ts';
import type { FieldDeclaration } from './declarations.ts';
import type { ConnectValues, HttpTargetValues, KeyPartValues } from './directive-values.ts';
import { formatNames } from './formats.ts';
import { createRecord } from './freeze.ts';
import type { Connect, Coordinate, KeyOrigin, KeyPart } from './graph.ts';
import { canPush, equalityOps } from './pushed-filters.ts';
import { invertCodes } from './resolve-codes.ts';
import { parseTemplate } from './templates.ts';

/** One `@connect` as the planner and the connectors read it. */
export function buildConnect(contract: Contract, field: FieldDeclaration, values: ConnectValues): Connect {
  const { asOf, route } = values;
  return {
    source: values.source,
    target: buildTarget(values),
    key: values.key.map((part) => buildKeyPart(contract, field, part)),
    where: values.where.map(({ column, in: stored }) => ({
      column,
      // As the source declares it, so that the connector finds the parameter that carries it.
      op: equalityOps(stored.length).find((op) => canPush(values, column, op)) === 'EQ' ? 'eq' : 'in',
      values: stored,
    })),
    order: values.order,
    maxRows: values.maxRows,
    ...(asOf ? { asOf: { column: asOf.column, format: formatNames[asOf.format] } } : {}),
    ...(route ? { route: { via: asCoordinate(route.via), prefixes: route.prefixes } } : {}),
  };
}

/** A coordinate that a rule has looked up. */
export function asCoordinate(text: string): Coordinate {
  const [typeName = '', fieldName = ''] = text.split('.');
  return `${typeName}.${fieldName}`;
}

function buildKeyPart(contract: Contract, field: FieldDeclaration, part: KeyPartValues): KeyPart {
  const table = part.codes === undefined ? undefined : findCodeTable(contract, field.department, part.codes);
  const codes = table && invertCodes(table.codes);
  return {
    column: part.column,
    forms: ['CANONICAL', ...part.forms],
    from: buildOrigin(part),
    ...(codes ? { codes: createRecord(codes) } : {}),
  };
}

function buildOrigin({ from, via }: KeyPartValues): KeyOrigin {
  if (via !== undefined) return { kind: 'field', coordinate: asCoordinate(via) };
  if (from === 'identifierType' || from === 'identifierValue' || from === 'citizenId') return { kind: from };
  return { kind: 'entityKey' };
}

function buildTarget({ sql, http, graphql }: ConnectValues): Target {
  if (sql) return { kind: 'sql', table: sql.table };
  if (http) return buildHttpTarget(http);
  if (graphql) {
    const filters = graphql.filters.map(({ column, op, param }): GraphqlTarget['filters'][number] => ({
      column,
      op: op === 'IN' ? 'in' : 'eq',
      param,
    }));
    return { kind: 'graphql', ...graphql, filters };
  }
  throw new TypeError('A connect without a target was composed.');
}

function buildHttpTarget({ body, filters, ...http }: HttpTargetValues): HttpTarget {
  return {
    kind: 'http',
    ...http,
    ...(body === undefined ? {} : { body: parseTemplate(body)?.json }),
    filters: filters.map(({ column, op, param }) => ({ column, op: pushedOps[op], param })),
  };
}

const pushedOps = { EQ: 'eq', IN: 'in', PREFIX: 'prefix' } as const;
