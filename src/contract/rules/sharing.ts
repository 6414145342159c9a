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
  for (const field of fieldsOfKind(contract, 'column')) {
    for (const { node, values } of field.share.filter(isValid)) yield { field, node, values };
  }
}

export function* authorityFitsTheElement(contract: Contract): Iterable<Finding> {
  for (const { field, node, values } of allClaims(contract)) {
    const [entityName = '', elementName = '', ...rest] = values.element.split('.', 3);
    const entity = contract.core.entities.get(entityName);
    const type = rest.length === 0 ? entity?.elements.get(elementName) : undefined;
    const at = locate(node, 'element');
    const place = placeOf(contract, field.parentType);
    if (!type) {
      yield { node: at, message: `${quote(values.element)} is no element of a shared entity.` };
    } else if (type !== field.type.name || field.type.isList) {
      yield { node: at, message: `${values.element} is of type ${type}, ${field.coordinate} is not.` };
    } else if (place && (place.rows !== 'ONE' || place.isItem || place.section.parentType !== entityName)) {
      yield { node: at, message: `${field.coordinate} is not in a one-row record of ${entityName}.` };
    }
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

function* allClaims(contract: Contract): Iterable<Valid<'authority'> & { readonly field: FieldDeclaration }> {
  for (const field of fieldsOfKind(contract, 'column')) {
    for (const { node, values } of field.authority.filter(isValid)) yield { field, node, values };
  }
}
