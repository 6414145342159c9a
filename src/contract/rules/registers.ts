import { allFields, type Contract, fieldsOfKind, findSource, kindsOf } from '../contract.ts';
import type { FieldDeclaration } from '../declarations.ts';
import type { Finding } from '../finding.ts';
import { quote } from '../names.ts';
import { isValid, locate } from '../read-directives.ts';
import { searchElementOf } from '../search-element.ts';
import { isSql } from './columns.ts';

/** A list is read in the order of one key, by one source that can be asked for the rows after a given one. */
export function* registerCanBeListed(contract: Contract): Iterable<Finding> {
  for (const field of allFields(contract)) {
    for (const { node } of field.register) {
      if (contract.outline.kinds.get(field.coordinate) !== 'connect') {
        yield { node, message: `@register stands on a record that is read; ${field.coordinate} is none.` };
      } else yield* connectFindings(contract, field, node);
    }
  }
}

function* connectFindings(
  contract: Contract,
  { connect, coordinate }: FieldDeclaration,
  node: Finding['node'],
): Iterable<Finding> {
  const [first, ...others] = connect.filter(isValid);
  if (!first) return;
  const { values } = first;
  const source = findSource(contract, values.source);
  if (others.length > 0) yield { node, message: `${coordinate} has several sources; a register has one.` };
  if (values.rows !== 'ONE') yield { node, message: 'A register has one row for each person (rows: ONE).' };
  if (source && !kindsOf(source.values).every(isSql)) {
    const message = `The source ${quote(values.source)} cannot be listed: registers need postgres or mysql.`;
    yield { node, message };
  }
  const [part, ...more] = values.key;
  if (part?.from !== 'citizenId' || more.length > 0) {
    const message = 'The key of a register is one column with the citizen id.';
    yield { node: locate(first.node, 'key'), message };
  }
  if (values.route) {
    yield { node: locate(first.node, 'route'), message: 'A register is listed whole: it has no route.' };
  }
}

/** A search by an element means the same in every register, so the field has the element's type. */
export function* searchedElementFits(contract: Contract): Iterable<Finding> {
  for (const field of fieldsOfKind(contract, 'column')) {
    for (const { node, values } of field.filterable.filter(isValid)) {
      if (values.element === undefined) continue;
      const [entity = '', name = '', ...rest] = values.element.split('.', 3);
      const type =
        rest.length > 0 ? undefined : contract.core.entities.get(entity)?.elements.get(`${entity}.${name}`);
      const at = locate(node, 'element');
      if (type === undefined) yield { node: at, message: `${quote(values.element)} is no shared element.` };
      else if (type !== field.type.name) {
        yield {
          node: at,
          message: `${values.element} is of type ${type}, ${field.coordinate} of ${field.type.name}.`,
        };
      }
    }
  }
}

export function* searchedElementIsOne(contract: Contract): Iterable<Finding> {
  for (const type of contract.types.values()) {
    const seen = new Set<string>();
    for (const field of type.fields.values()) {
      const element = searchElementOf(field);
      if (element === undefined) continue;
      const [node] = field.filterable.map((use) => use.node);
      if (seen.has(element) && node) {
        yield { node, message: `Two fields of ${type.name} stand for ${element} in a search.` };
      }
      seen.add(element);
    }
  }
}

/** Inputs of searches are named after the types that they filter. */
export function* filterNameIsFree({ core, types, enums }: Contract): Iterable<Finding> {
  const named = [...types.values(), ...enums.values()];
  for (const declared of named) {
    const filtered = declared.name.endsWith('Filter') ? declared.name.slice(0, -'Filter'.length) : '';
    if (!types.has(filtered) && !enums.has(filtered) && !core.leafTypes.has(filtered)) continue;
    const [node] = 'node' in declared ? [declared.node] : declared.nodes;
    if (node) yield { node, message: `${declared.name} is the name of the hub's filter for ${filtered}.` };
  }
}
