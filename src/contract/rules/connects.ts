import { Kind } from 'graphql';
import { allConnects, allFields, type Contract, fieldsOfKind, findSource, placeOf } from '../contract.ts';
import { type FieldDeclaration, readFieldType } from '../declarations.ts';
import type { ConnectValues } from '../directive-values.ts';
import type { Finding } from '../finding.ts';
import { quote } from '../names.ts';
import { canPush, equalityOps } from '../pushed-filters.ts';
import { isValid, locate } from '../read-directives.ts';
import { resolveCodes } from '../resolve-codes.ts';

export function* sourceIsKnown(contract: Contract): Iterable<Finding> {
  for (const { node, values } of allConnects(contract)) {
    if (findSource(contract, values.source)) continue;
    yield { node: locate(node, 'source'), message: `There is no source ${quote(values.source)}.` };
  }
}

export function* sourceIsTheDepartments(contract: Contract): Iterable<Finding> {
  for (const { node, values, field } of allConnects(contract)) {
    const owner = findSource(contract, values.source)?.owner;
    if (owner === undefined || owner === field.department) continue;
    const message = `The source ${quote(values.source)} is of another department.`;
    yield { node: locate(node, 'source'), message };
  }
}

/** The hub's keys name a resident, not a row of a list or an object in a row. */
export function* connectStandsOnARecord(contract: Contract): Iterable<Finding> {
  for (const field of readFields(contract)) {
    const { node, coordinate, type, parentType } = field;
    const isLeaf = contract.core.leafTypes.has(type.name) || contract.enums.has(type.name);
    const place = placeOf(contract, parentType);
    if (isLeaf && contract.outline.kinds.get(coordinate) !== 'tally')
      yield { node, message: `${coordinate} is read as a record, so its type is an object type.` };
    else if (place && (place.isEmbedded || place.rows === 'MANY')) {
      yield {
        node,
        message: `@connect stands on a shared entity, a group or a one-row record; ${parentType} is none.`,
      };
    }
  }
}

/** Fields that are read on their own, relations among them. */
function readFields(contract: Contract): readonly FieldDeclaration[] {
  const kinds = ['connect', 'relation', 'tally'] as const;
  return kinds
    .flatMap((kind) => [...fieldsOfKind(contract, kind)])
    .filter(({ connect }) => connect.length > 0);
}

export function* connectsAgree(contract: Contract): Iterable<Finding> {
  for (const { connect } of readFields(contract)) {
    const [first, ...others] = connect.filter(isValid);
    const sources = new Set(first ? [first.values.source] : []);
    for (const { node, values } of others) {
      if (first && values.rows !== first.values.rows) {
        yield {
          node: locate(node, 'rows'),
          message: 'Several sources of one field give the same rows: ONE or MANY.',
        };
      }
      if (first && keyKind(values) !== keyKind(first.values)) {
        yield {
          node: locate(node, 'key'),
          message: 'Several sources of one field have the same parts of key.',
        };
      }
      if (sources.has(values.source)) {
        const message = `The source ${quote(values.source)} is connected here already.`;
        yield { node: locate(node, 'source'), message };
      }
      sources.add(values.source);
    }
  }
}

function keyKind({ key }: ConnectValues): string {
  return key.map(({ from, via }) => from ?? via ?? '').join(' ');
}

/** A mandatory filter that the source cannot apply would let sealed rows (封存) leave the department. */
export function* mandatoryFilterIsPushed(contract: Contract): Iterable<Finding> {
  for (const { node, values } of allConnects(contract)) {
    for (const [index, filter] of values.where.entries()) {
      const at = locate(node, 'where', index);
      if (filter.in.length === 0) yield { node: at, message: 'A mandatory filter names at least one value.' };
      else if (!equalityOps(filter.in.length).some((op) => canPush(values, filter.column, op))) {
        const op = filter.in.length > 1 ? 'IN' : 'EQ or IN';
        yield { node: at, message: `The source declares no ${op} filter for ${quote(filter.column)}.` };
      }
    }
  }
}

export function* argumentsAreFilters(contract: Contract): Iterable<Finding> {
  for (const field of allFields(contract)) {
    const isList = field.connect.some(({ values }) => values?.rows === 'MANY');
    for (const node of field.node.arguments ?? []) {
      const name = node.name.value;
      const typeName = readFieldType(node.type).name;
      const isPlain = node.type.kind === Kind.NAMED_TYPE && node.defaultValue === undefined;
      if (field.connect.some((connect) => !isValid(connect))) continue;
      if (['relation', 'tally'].includes(contract.outline.kinds.get(field.coordinate) ?? '')) {
        yield { node, message: 'What is asked at an entity has the arguments that the hub gives it.' };
      } else if (!isList) yield { node, message: 'Only a list of rows (rows: MANY) has arguments.' };
      else if (!isPlain) yield { node, message: `${name} is a nullable ${typeName} without a default.` };
      else if (name !== 'first') yield* filterIsAColumn(contract, field, name, typeName, node);
      else if (typeName !== 'Int') yield { node, message: 'first is an Int.' };
    }
  }
}

function* filterIsAColumn(
  contract: Contract,
  field: FieldDeclaration,
  name: string,
  typeName: string,
  node: Finding['node'],
): Iterable<Finding> {
  const column = contract.types.get(field.type.name)?.fields.get(name);
  if (!column || column.filterable.length === 0) {
    yield { node, message: `${field.type.name} has no @filterable field ${name}.` };
  } else if (column.type.name !== typeName) {
    yield {
      node,
      message: `${column.coordinate} is of type ${column.type.name}, the argument of ${typeName}.`,
    };
  } else {
    const unable = field.connect.filter(isValid).find(({ values }) => !canFilter(contract, column, values));
    if (!unable) return;
    yield {
      node,
      message: `The source ${quote(unable.values.source)} declares no filter for ${column.coordinate}.`,
    };
  }
}

/** A value that is stored as several codes needs IN, any other EQ. */
function canFilter(contract: Contract, field: FieldDeclaration, connect: ConnectValues): boolean {
  const from = field.from.filter(isValid).map(({ values }) => values);
  const own = from.find(({ source }) => source === connect.source) ?? from.find(({ source }) => !source);
  if (!own) return true;
  const codes = own.codes && resolveCodes(contract, field.department, field.type.name, own.codes);
  const values = codes ? [...codes.values()] : [];
  const column = own.column ?? own.path ?? '';
  const needed = new Set(values.length > new Set(values).size ? ['EQ', 'IN'] : ['EQ']);
  return (['EQ', 'IN'] as const).filter((op) => needed.has(op)).every((op) => canPush(connect, column, op));
}
