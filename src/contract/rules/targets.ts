import type { ASTNode } from 'graphql';
import { allConnects, type Contract, type SourceKind } from '../contract.ts';
import type { ConnectValues } from '../directive-values.ts';
import type { Finding } from '../finding.ts';
import {
  isColumnName,
  isGraphqlName,
  isParameterName,
  isPath,
  isTableName,
  isUrlPath,
  quote,
} from '../names.ts';
import { locate, type Valid } from '../read-directives.ts';
import { badColumn, isColumnOf, isSql } from './columns.ts';

const targetOf: Readonly<Record<SourceKind, 'sql' | 'http' | 'graphql'>> = {
  postgres: 'sql',
  mysql: 'sql',
  http: 'http',
  graphql: 'graphql',
};

export function* targetFitsTheSource(contract: Contract): Iterable<Finding> {
  for (const { node, values, kind } of allConnects(contract)) {
    const targets = (['sql', 'http', 'graphql'] as const).filter((target) => values[target] !== undefined);
    const [target] = targets;
    if (targets.length !== 1 || !target) {
      yield { node, message: '@connect has one of sql, http, graphql.' };
    } else if (kind && target !== targetOf[kind]) {
      yield {
        node: locate(node, target),
        message: `A ${kind} source is read with ${targetOf[kind]}, not ${target}.`,
      };
    }
    yield* graphqlTargetIsSound({ node, values });
  }
}

function* graphqlTargetIsSound({ node, values }: Valid<'connect'>): Iterable<Finding> {
  const { graphql, rows } = values;
  if (!graphql) return;
  const at = locate(node, 'graphql');
  if ((graphql.entities === undefined) === (graphql.query === undefined)) {
    yield { node: at, message: 'A GraphQL target has one of entities and query.' };
  } else if (graphql.entities !== undefined && rows === 'MANY') {
    yield { node: at, message: '_entities gives one row for a key; rows: MANY needs a query.' };
  }
  for (const [index, { op }] of graphql.filters.entries()) {
    if (op !== 'PREFIX') continue;
    yield {
      node: locate(node, 'graphql', 'filters', index),
      message: 'A GraphQL source filters by EQ or IN.',
    };
  }
}

export function* httpPathIsBelowTheBase(contract: Contract): Iterable<Finding> {
  for (const { node, values } of allConnects(contract)) {
    if (!values.http || isUrlPath(values.http.path)) continue;
    const message = `A path starts with / and holds neither host nor query, unlike ${quote(values.http.path)}.`;
    yield { node: locate(node, 'http', 'path'), message };
  }
}

/** Statuses that say something about the caller or the hub, and so never that there is no such person. */
const notEmpty: ReadonlySet<number> = new Set([401, 403, 407, 408, 425, 429]);

export function* emptyStatusMeansNobody(contract: Contract): Iterable<Finding> {
  for (const { node, values } of allConnects(contract)) {
    for (const [index, status] of (values.http?.emptyStatuses ?? []).entries()) {
      if (status === 204 || (status >= 400 && status < 500 && !notEmpty.has(status))) continue;
      const message = `The status ${status} cannot mean that there is no such person.`;
      yield { node: locate(node, 'http', 'emptyStatuses', index), message };
    }
    if (values.http?.success?.values.length === 0) {
      yield { node: locate(node, 'http', 'success'), message: 'No answer could be a success.' };
    }
  }
}

type Check = readonly [
  text: string | undefined,
  isRight: (text: string) => boolean,
  path: readonly (string | number)[],
];

export function* namesInTargetsAreSafe(contract: Contract): Iterable<Finding> {
  for (const connect of allConnects(contract)) {
    const { node, values, kind } = connect;
    for (const [text, path] of columnsNamed(values)) {
      if (isColumnOf(kind, text)) continue;
      yield { node: locate(node, ...path), message: badColumn(kind, text) };
    }
    for (const [text, isRight, path] of otherNames(values)) {
      if (text === undefined || isRight(text)) continue;
      yield { node: locate(node, ...path), message: `${quote(text)} cannot be a name here.` };
    }
  }
  for (const { node, values } of contract.sources) yield* charsetColumns(node, values);
}

function columnsNamed(
  values: ConnectValues,
): (readonly [text: string, path: readonly (string | number)[]])[] {
  const listed = (['key', 'where', 'order'] as const).flatMap((name) =>
    values[name].map(({ column }, index) => [column, [name, index, 'column']] as const),
  );
  const asOf = values.asOf ? [[values.asOf.column, ['asOf', 'column']] as const] : [];
  const filters = (['http', 'graphql'] as const).flatMap((target) =>
    (values[target]?.filters ?? []).map(
      ({ column }, index) => [column, [target, 'filters', index, 'column']] as const,
    ),
  );
  return [...listed, ...asOf, ...filters];
}

function otherNames({ sql, http, graphql }: ConnectValues): readonly Check[] {
  const isPathOrEmpty = (text: string) => text === '' || isPath(text);
  return [
    [sql?.table, isTableName, ['sql', 'table']],
    [http?.result, isPathOrEmpty, ['http', 'result']],
    [http?.success?.path, isPath, ['http', 'success', 'path']],
    [http?.paging?.total, isPath, ['http', 'paging', 'total']],
    [http?.paging?.next, isPath, ['http', 'paging', 'next']],
    [graphql?.entities, isGraphqlName, ['graphql', 'entities']],
    [graphql?.query?.field, isGraphqlName, ['graphql', 'query', 'field']],
    [graphql?.query?.argument, isGraphqlName, ['graphql', 'query', 'argument']],
    ...(http?.query ?? []).map(({ name }, i): Check => [name, isParameterName, ['http', 'query', i, 'name']]),
    ...(http?.filters ?? []).map(
      ({ param }, i): Check => [param, isParameterName, ['http', 'filters', i, 'param']],
    ),
    ...(graphql?.filters ?? []).map(
      ({ param }, i): Check => [param, isGraphqlName, ['graphql', 'filters', i, 'param']],
    ),
  ];
}

function* charsetColumns(
  node: Valid<'source'>['node'],
  values: Valid<'source'>['values'],
): Iterable<{ readonly node: ASTNode; readonly message: string }> {
  for (const kind of ['postgres', 'mysql'] as const) {
    for (const [index, { column }] of (values[kind]?.columnCharsets ?? []).entries()) {
      if (!isSql(kind) || isColumnName(column)) continue;
      yield { node: locate(node, kind, 'columnCharsets', index, 'column'), message: badColumn(kind, column) };
    }
  }
}
