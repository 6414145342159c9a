import { Kind } from 'graphql';
import { allFields, type Contract } from '../contract.ts';
import type { FieldDeclaration } from '../declarations.ts';
import type { Finding } from '../finding.ts';
import { maxTypeDepth, type Use } from '../outline.ts';
import { isValid } from '../read-directives.ts';

export function* typeIsKnown(contract: Contract): Iterable<Finding> {
  const { core, types, enums } = contract;
  for (const { node, type, department } of allFields(contract)) {
    if (types.get(type.name)?.department === department || enums.get(type.name)?.owner === department)
      continue;
    if (core.leafTypes.has(type.name) || core.entities.has(type.name)) continue;
    yield {
      node,
      message: `${type.name} is neither a type of the department nor a scalar, enum or entity of the hub.`,
    };
  }
  for (const { node, name } of types.values()) {
    if (node.kind === Kind.OBJECT_TYPE_DEFINITION) continue;
    yield { node, message: `${name} is extended but nowhere defined.` };
  }
  for (const { nodes, name } of enums.values()) {
    const [node] = nodes;
    if (!node || nodes.some(({ kind }) => kind === Kind.ENUM_TYPE_DEFINITION)) continue;
    yield { node, message: `${name} is extended but nowhere defined.` };
  }
}

export function* fieldIsNullable(contract: Contract): Iterable<Finding> {
  for (const { node, type, coordinate } of allFields(contract)) {
    if (!type.isNonNull) continue;
    yield { node, message: `${coordinate} is non-null, but any shared field can be denied or missing.` };
  }
}

export function* listFitsTheRows(contract: Contract): Iterable<Finding> {
  for (const field of allFields(contract)) {
    const { node, type, coordinate } = field;
    const kind = contract.outline.kinds.get(field.coordinate);
    const rows = field.connect.find(isValid)?.values.rows;
    if (type.isNested) yield { node, message: `${coordinate} is a list of lists.` };
    else if (rows === 'MANY' && !type.isList && kind !== 'tally')
      yield { node, message: `${coordinate} has rows: MANY, so it is a list.` };
    else if (rows === 'ONE' && kind === 'tally')
      yield { node, message: `${coordinate} is computed of many rows, so it has rows: MANY.` };
    else if (rows === 'ONE' && type.isList)
      yield { node, message: `${coordinate} has rows: ONE, so it is no list.` };
    else if (type.isList && kind === 'relation' && field.connect.length === 0) {
      yield { node, message: `${coordinate} leads to many, so it is read by @connect.` };
    } else if (type.isList && (kind === 'column' || kind === 'group')) {
      yield { node, message: `${coordinate} is a list, but neither of nested objects nor of rows.` };
    }
  }
}

export function* typeHasMembers({ types, enums }: Contract): Iterable<Finding> {
  for (const { node, name, fields } of types.values()) {
    if (fields.size === 0) yield { node, message: `${name} has no fields.` };
  }
  for (const { nodes, name, values } of enums.values()) {
    const [node] = nodes;
    if (node && values.size === 0) yield { node, message: `${name} has no values.` };
  }
}

export function* typeIsReached(contract: Contract): Iterable<Finding> {
  for (const { node, name } of contract.types.values()) {
    if (contract.outline.uses.has(name)) continue;
    yield { node, message: `${name} is reached from no shared entity.` };
  }
  const used = new Set<string>();
  for (const { type, node } of allFields(contract)) {
    used.add(type.name);
    for (const argument of node.arguments ?? []) {
      if (argument.type.kind === Kind.NAMED_TYPE) used.add(argument.type.name.value);
    }
  }
  for (const { nodes, name } of contract.enums.values()) {
    const [node] = nodes;
    if (node && !used.has(name)) yield { node, message: `${name} is the type of no field.` };
  }
}

export function* typeIsNotReachedFromItself({ outline }: Contract): Iterable<Finding> {
  for (const { node, coordinate, type } of outline.recursions) {
    yield { node, message: `${coordinate} leads back to ${type.name}.` };
  }
}

export function* typesNestNotTooDeep({ outline }: Contract): Iterable<Finding> {
  for (const { node, coordinate } of outline.tooDeep) {
    yield { node, message: `${coordinate} lies more than ${maxTypeDepth} types deep.` };
  }
}

/** A field is mapped and classified by its coordinate alone, so a coordinate must mean one place. */
export function* typeMeansOnePlace({ outline }: Contract): Iterable<Finding> {
  for (const [name, [first, ...others]] of outline.uses) {
    for (const use of others) {
      if (!first || liesAlike(first, use)) continue;
      yield {
        node: use.field.node,
        message: `${name} is the type of ${nameOf(first)} already: define another.`,
      };
    }
  }
}

function nameOf(use: Use): FieldDeclaration['coordinate'] {
  return use.field.coordinate;
}

/** Only of repeated things can one type serve several fields: of one-row records rules and keys name fields. */
function liesAlike({ place: a }: Use, { place: b }: Use): boolean {
  const areRepeated = [a, b].every(({ isItem, rows }) => isItem || rows === 'MANY');
  return (
    areRepeated &&
    a.isItem === b.isItem &&
    a.isEmbedded === b.isEmbedded &&
    a.prefix === b.prefix &&
    a.section.parentType === b.section.parentType
  );
}
