import { isObjectType } from 'graphql';
import { type Contract, fieldsOfKind } from '../contract.ts';
import type { FieldDeclaration } from '../declarations.ts';
import type { Finding } from '../finding.ts';
import { quote } from '../names.ts';
import { isValid, locate } from '../read-directives.ts';
import { allClaims, findElement, liesInRecordOf } from './sharing.ts';

/** Statements of an element are compared with its authority's: one value for each entity, of the same type. */
export function* statementFitsTheElement(contract: Contract): Iterable<Finding> {
  const authorities = new Map([...allClaims(contract)].map(({ field, values }) => [values.element, field]));
  for (const field of fieldsOfKind(contract, 'column')) {
    for (const { node, values } of field.states.filter(isValid)) {
      const message = misfit(contract, field, values.element, authorities.get(values.element));
      if (message !== undefined) yield { node: locate(node, 'element'), message };
    }
  }
}

function misfit(
  contract: Contract,
  field: FieldDeclaration,
  coordinate: string,
  authority: FieldDeclaration | undefined,
): string | undefined {
  const element = findElement(contract, coordinate);
  if (!element) return `${quote(coordinate)} is no element of a shared entity.`;
  const { entity, typeName, isList } = element;
  if (!isCompared(contract, entity)) return `What is stated of ${entity} is not compared.`;
  if (typeName !== field.type.name || isList !== field.type.isList) {
    return `${coordinate} is of type ${typeName}, ${field.coordinate} is not.`;
  }
  if (!authority) return `${coordinate} has no authority with which it could be compared.`;
  if (authority === field)
    return `${field.coordinate} is the authority for ${coordinate} and states it as such.`;
  return liesInRecordOf(contract, field, entity)
    ? undefined
    : `${field.coordinate} is not in a one-row record of ${entity}.`;
}

function isCompared({ core }: Contract, entity: string): boolean {
  const type = core.schema.getType(entity);
  return isObjectType(type) && Object.hasOwn(type.getFields(), 'discrepancies');
}
