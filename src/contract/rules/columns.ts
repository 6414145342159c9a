import type { Contract, SourceKind } from '../contract.ts';
import { allFields, fieldsOfKind, findSource, kindsOf } from '../contract.ts';
import type { FieldDeclaration } from '../declarations.ts';
import type { FromValues } from '../directive-values.ts';
import type { Finding } from '../finding.ts';
import { formatsOf, storedType } from '../formats.ts';
import { isColumnName, isGraphqlPath, isPath, quote } from '../names.ts';
import { isValid, locate } from '../read-directives.ts';

export function* columnIsMapped(contract: Contract): Iterable<Finding> {
  const kinds = ['column', 'relation', 'tally'] as const;
  for (const field of kinds.flatMap((kind) => [...fieldsOfKind(contract, kind)])) {
    const { node, coordinate, type } = field;
    const { leafTypes, entities } = contract.core;
    const isKnown = leafTypes.has(type.name) || contract.enums.has(type.name) || entities.has(type.name);
    if (!isKnown || field.isEntityField) continue;
    if (field.from.length === 0) {
      yield { node, message: `${coordinate} says with no @from where it is stored.` };
    } else if (field.from.every(isValid) && field.from.every(({ values }) => values.source !== undefined)) {
      const named = new Set(field.from.map(({ values }) => values.source));
      const missing = [...servingSources(contract, field)].find((name) => !named.has(name));
      if (missing) yield { node, message: `${coordinate} has no @from for the source ${quote(missing)}.` };
    }
  }
}

export function* sectionIsConnected(contract: Contract): Iterable<Finding> {
  for (const { node, coordinate, type } of fieldsOfKind(contract, 'group')) {
    const members = [...(contract.types.get(type.name)?.fields.values() ?? [])];
    if (members.every((member) => member.connect.length > 0)) continue;
    yield {
      node,
      message: `${coordinate} needs @connect: ${type.name} has fields that are stored in a row.`,
    };
  }
}

export function* fromStandsAlone(contract: Contract): Iterable<Finding> {
  for (const { from, connect, coordinate } of allFields(contract)) {
    // The rows of a relation's or tally's own read say in a column whose they are.
    if (['relation', 'tally'].includes(contract.outline.kinds.get(coordinate) ?? '')) continue;
    for (const { node } of from) {
      if (connect.length > 0) yield { node, message: '@from and @connect do not stand on one field.' };
    }
  }
  for (const { from } of fieldsOfKind(contract, 'group')) {
    for (const { node } of from) yield { node, message: 'A group of records is not stored anywhere.' };
  }
}

export function* fromIsUnambiguous(contract: Contract): Iterable<Finding> {
  for (const field of allFields(contract)) {
    const kind = contract.outline.kinds.get(field.coordinate);
    const served = servingSources(contract, field);
    const seen = new Set<string>();
    for (const { node, values } of field.from.filter(isValid)) {
      if ((values.column === undefined) === (values.path === undefined)) {
        yield { node, message: '@from names one of column and path.' };
      }
      const source = values.source ?? '*';
      if (seen.has(source)) yield { node, message: `${field.coordinate} has two @from for one source.` };
      seen.add(source);
      if (kind === 'embedded') yield* embeddedFromIsPlain(field, values, node);
      else if (values.source !== undefined && served.size > 0 && !served.has(values.source)) {
        const message = `${field.parentType} is not read from the source ${quote(values.source)}.`;
        yield { node: locate(node, 'source'), message };
      }
    }
    if (kind === 'embedded' && field.type.isList && field.from.length === 0) {
      yield {
        node: field.node,
        message: `${field.coordinate} is a list, so @from names its path in the row.`,
      };
    }
  }
}

function* embeddedFromIsPlain(
  field: FieldDeclaration,
  values: FromValues,
  node: Finding['node'],
): Iterable<Finding> {
  if (values.source === undefined && values.codes === undefined && values.format === undefined) return;
  yield { node, message: `${field.coordinate} is a nested object: its @from names a path and nothing else.` };
}

export function* fromIsAName(contract: Contract): Iterable<Finding> {
  for (const field of allFields(contract)) {
    const kinds = servingKinds(contract, field);
    const isNested = contract.outline.kinds.get(field.coordinate) === 'embedded';
    for (const { node, values } of field.from.filter(isValid)) {
      const written = values.column ?? values.path ?? '';
      const at = locate(node, values.column === undefined ? 'path' : 'column');
      const own = values.source === undefined ? kinds : kindsOfSource(contract, values.source);
      const wrong = own.find((kind) => !isColumnOf(kind, written));
      if (wrong || !isPath(written)) yield { node: at, message: badColumn(wrong, written) };
      else if (isNested && own.some(isSql)) {
        yield {
          node: at,
          message: 'A row of a table has no nested objects: leave @from out to group its columns.',
        };
      }
    }
  }
}

/** The sources in whose rows a field lies: those of its own read, or of the record around it. */
function servingSources(contract: Contract, field: FieldDeclaration): ReadonlySet<string> {
  const own = field.connect.filter(isValid).map(({ values }) => values.source);
  return own.length > 0 ? new Set(own) : (contract.outline.servedBy.get(field.parentType) ?? new Set());
}

function servingKinds(contract: Contract, field: FieldDeclaration): readonly SourceKind[] {
  const names = servingSources(contract, field);
  return [...new Set([...names].flatMap((name) => kindsOfSource(contract, name)))];
}

function kindsOfSource(contract: Contract, name: string): readonly SourceKind[] {
  const source = findSource(contract, name);
  return source ? kindsOf(source.values) : [];
}

export function isSql(kind: SourceKind | undefined): boolean {
  return kind === 'postgres' || kind === 'mysql';
}

/** May a source of this kind have a column, or a path in its rows, of this name? */
export function isColumnOf(kind: SourceKind | undefined, text: string): boolean {
  if (isSql(kind)) return isColumnName(text);
  return kind === 'graphql' ? isGraphqlPath(text) : isPath(text);
}

export function badColumn(kind: SourceKind | undefined, text: string): string {
  const what = isSql(kind)
    ? 'a column'
    : kind === 'graphql'
      ? 'a path of GraphQL fields'
      : 'a column or path';
  return `${quote(text)} cannot be ${what}.`;
}

export function* formatFitsTheType(contract: Contract): Iterable<Finding> {
  for (const field of fieldsOfKind(contract, 'column')) {
    const fitting = formatsOf(storedType(field));
    for (const { node, values } of field.from.filter(isValid)) {
      if (values.format === undefined || fitting.includes(values.format)) continue;
      const hint = fitting.length > 0 ? `one of ${fitting.join(', ')}` : 'none';
      const message = `The format of ${storedType(field)} is ${hint}, not ${values.format}.`;
      yield { node: locate(node, 'format'), message };
    }
  }
  for (const { connect } of allFields(contract)) {
    for (const { node, values } of connect.filter(isValid)) {
      if (!values.asOf || formatsOf('DateTime').includes(values.asOf.format)) continue;
      const message = `An update time is stored as ${formatsOf('DateTime').join(', ')}.`;
      yield { node: locate(node, 'asOf', 'format'), message };
    }
  }
}

const derivedTypes = { AGE: 'Int', IS_MINOR: 'Boolean', YEAR: 'Int', IS_ALONE: 'Boolean' } as const;

export function* derivationFitsTheType(contract: Contract): Iterable<Finding> {
  for (const field of [...fieldsOfKind(contract, 'column'), ...fieldsOfKind(contract, 'tally')]) {
    for (const { node, values } of field.derive.filter(isValid)) {
      const type = derivedTypes[values.as];
      if ((values.as === 'IS_ALONE') !== field.connect.length > 0) {
        yield { node, message: 'IS_ALONE is computed of rows with @connect, everything else of a column.' };
      }
      if (field.type.name !== type) yield { node, message: `${values.as} is of type ${type}.` };
      if (field.from.some((from) => from.values?.codes))
        yield { node, message: 'Dates are not stored by codes.' };
      for (const { node: filterable } of field.filterable) {
        yield { node: filterable, message: 'A derived field is not filterable: no source stores it.' };
      }
    }
  }
}

export function* onlyColumnsAreClassified(contract: Contract): Iterable<Finding> {
  for (const field of allFields(contract)) {
    const kind = contract.outline.kinds.get(field.coordinate);
    if (kind === 'column') continue;
    const isHop = kind === 'relation' || kind === 'tally';
    const classifying = isHop ? [] : [...field.share, ...field.authority];
    const derive = kind === 'tally' ? [] : field.derive;
    for (const { node } of [...classifying, ...field.states, ...derive, ...field.filterable]) {
      const message = `@${node.name.value} stands on fields that are stored in a column; ${field.coordinate} is not.`;
      yield { node, message };
    }
  }
}
