import { type Contract, fieldsOfKind, placeOf } from '../contract.ts';
import type { FieldDeclaration } from '../declarations.ts';
import type { Finding } from '../finding.ts';
import { masksByType } from '../masks.ts';
import { quote } from '../names.ts';
import { isValid, locate, type Valid } from '../read-directives.ts';

export function* maskFitsTheType(contract: Contract): Iterable<Finding> {
  for (const { field, node, values } of allShares(contract)) {
    const fitting = masksByType.get(field.type.name) ?? [];
    if (values.mask === undefined || fitting.includes(values.mask)) continue;
    const hint = fitting.length > 0 ? `one of ${fitting.join(', ')}` : 'none';
    yield {
      node: locate(node, 'mask'),
      message: `The mask of ${field.type.name} is ${hint}, not ${values.mask}.`,
    };
  }
}

export function* levelIsOfGeneralData(contract: Contract): Iterable<Finding> {
  for (const { node, values } of allShares(contract)) {
    if (values.level >= 1 && values.level <= 4) continue;
    yield { node: locate(node, 'level'), message: `A level is from 1 to 4, not ${values.level}.` };
  }
}

export function* refusalHasABasis(contract: Contract): Iterable<Finding> {
  for (const { node, values } of allShares(contract)) {
    if (values.as !== 'NON_SHARED' || values.basis?.trim()) continue;
    yield { node, message: 'NON_SHARED names its basis: the law or State Council regulation.' };
  }
}

export function* unconditionalIsTheOwnersWord(contract: Contract): Iterable<Finding> {
  for (const { node, values } of allShares(contract)) {
    if (values.as !== 'UNCONDITIONAL' || values.personLevel) continue;
    yield { node, message: 'UNCONDITIONAL sharing of data on persons is said with personLevel: true.' };
  }
}

function* allShares(contract: Contract): Iterable<Valid<'share'> & { readonly field: FieldDeclaration }> {
  for (const field of classifiedFields(contract)) {
    for (const { node, values } of field.share.filter(isValid)) yield { field, node, values };
  }
}

function classifiedFields(contract: Contract): readonly FieldDeclaration[] {
  const kinds = ['column', 'relation', 'tally'] as const;
  return kinds.flatMap((kind) => [...fieldsOfKind(contract, kind)]);
}

export function* authorityFitsTheElement(contract: Contract): Iterable<Finding> {
  for (const { field, node, values } of allClaims(contract)) {
    const element = findElement(contract, values.element);
    const at = locate(node, 'element');
    if (!element) {
      yield { node: at, message: `${quote(values.element)} is no element of a shared entity.` };
    } else if (element.typeName !== field.type.name || element.isList !== field.type.isList) {
      const type = element.isList ? `[${element.typeName}!]` : element.typeName;
      yield { node: at, message: `${values.element} is of type ${type}, ${field.coordinate} is not.` };
    } else if (!liesInRecordOf(contract, field, element.entity)) {
      yield { node: at, message: `${field.coordinate} is not in a one-row record of ${element.entity}.` };
    }
  }
}

export function findElement(
  { core }: Contract,
  coordinate: string,
): { readonly entity: string; readonly typeName: string; readonly isList: boolean } | undefined {
  for (const { name: entity, elements, relations } of core.entities.values()) {
    const typeName = elements.get(coordinate);
    const found = typeName === undefined ? relations.get(coordinate) : { typeName, isList: false };
    if (found) return { entity, ...found };
  }
  return undefined;
}

/** One row for each entity; what a relation reads by itself may hang below a group as well. */
export function liesInRecordOf(contract: Contract, field: FieldDeclaration, entityName: string): boolean {
  const place = placeOf(contract, field.parentType);
  if (!place) return true;
  const isOfOneRow = place.rows === 'ONE' || (place.rows === 'NONE' && field.connect.length > 0);
  return isOfOneRow && !place.isItem && place.section.parentType === entityName;
}

/** A relation is asked at the entity whose field it claims: without a claim nobody could ask it. */
export function* relationIsClaimed(contract: Contract): Iterable<Finding> {
  for (const field of [...fieldsOfKind(contract, 'relation'), ...fieldsOfKind(contract, 'tally')]) {
    const { node, coordinate, authority, isEntityField } = field;
    if (isEntityField || authority.length > 0) continue;
    yield {
      node,
      message: `${coordinate} is asked at an entity and claims none of its fields with @authority.`,
    };
  }
}

export function* elementHasOneAuthority(contract: Contract): Iterable<Finding> {
  const claims = new Map<string, FieldDeclaration[]>();
  for (const { field, values } of allClaims(contract)) {
    const claimants = claims.get(values.element);
    if (claimants) claimants.push(field);
    else claims.set(values.element, [field]);
  }
  for (const { field, node, values } of allClaims(contract)) {
    const other = claims.get(values.element)?.find((claimant) => claimant !== field);
    if (other) yield { node, message: `${values.element} is claimed by ${other.coordinate} too.` };
  }
}

export function* allClaims(
  contract: Contract,
): Iterable<Valid<'authority'> & { readonly field: FieldDeclaration }> {
  for (const field of classifiedFields(contract)) {
    for (const { node, values } of field.authority.filter(isValid)) yield { field, node, values };
  }
}
