import type { ASTNode } from 'graphql';
import { allConnects, type Contract, fieldsOfKind, findCodeTable, findColumn } from '../contract.ts';
import type { FieldDeclaration } from '../declarations.ts';
import type { KeyPartValues } from '../directive-values.ts';
import type { Finding } from '../finding.ts';
import { quote } from '../names.ts';
import { isValid, locate, type Valid } from '../read-directives.ts';
import { invertCodes } from '../resolve-codes.ts';

const residentOrigins: readonly string[] = ['citizenId', 'identifierType', 'identifierValue'];
const identityForms: ReadonlySet<string> = new Set(['CITIZEN_15', 'LOWER_X']);

export function* keyNamesAnEntity(contract: Contract): Iterable<Finding> {
  for (const { node, values, field } of allConnects(contract)) {
    const origins = originsOf(contract, field);
    const identifies = values.key.some(
      ({ from, via }) => via !== undefined || (from !== undefined && from !== 'identifierType'),
    );
    if (!identifies)
      yield { node: locate(node, 'key'), message: 'The key names nobody, only a kind of identifier.' };
    const columns = new Set<string>();
    for (const [index, part] of values.key.entries()) {
      const at = locate(node, 'key', index);
      if ((part.from === undefined) === (part.via === undefined)) {
        yield { node: at, message: 'A part of a key has one of from and via.' };
      }
      if (part.from !== undefined && !origins.includes(part.from)) {
        yield {
          node: at,
          message: `A key comes from one of ${origins.join(', ')}, not ${quote(part.from)}.`,
        };
      }
      if (columns.has(part.column))
        yield { node: at, message: `The column ${quote(part.column)} is in the key twice.` };
      columns.add(part.column);
      if (!isIdentityNumber(part) && part.forms.some((form) => identityForms.has(form))) {
        yield { node: at, message: 'CITIZEN_15 and LOWER_X are forms of identity numbers.' };
      }
    }
  }
}

/** Residents have identifiers; other entities have the key that the hub's own type names. */
function originsOf(contract: Contract, field: FieldDeclaration): readonly string[] {
  const entity = contract.core.entities.get(sectionOf(contract, field)?.parentType ?? '');
  const keys = entity?.keys.filter((key) => key !== 'id') ?? [];
  return keys.length > 0 ? keys : residentOrigins;
}

function isIdentityNumber({ from }: KeyPartValues): boolean {
  return from === 'citizenId' || from === 'identifierValue';
}

export function* keyCodesAreReversible(contract: Contract): Iterable<Finding> {
  const identifierTypes = contract.core.enums.get('IdentifierType')?.values;
  for (const { node, values, field } of allConnects(contract)) {
    for (const [index, part] of values.key.entries()) {
      const table =
        part.codes === undefined ? undefined : findCodeTable(contract, field.department, part.codes);
      if (!table) continue;
      const at = locate(node, 'key', index, 'codes');
      if (!invertCodes(table.codes)) {
        yield {
          node: at,
          message: `${quote(table.name)} has two codes for one value, so no key can be made of it.`,
        };
      }
      const stray = [...table.codes.values()].find((value) => !identifierTypes?.has(value));
      if (part.from === 'identifierType' && stray !== undefined) {
        yield { node: at, message: `${quote(stray)} in ${quote(table.name)} is no type of identifier.` };
      }
    }
  }
}

/** A key made of another department's field would hand that field over; so it stays within one department. */
export function* viaNamesAFieldOfARecord(contract: Contract): Iterable<Finding> {
  for (const connect of allConnects(contract)) {
    for (const [index, { via }] of connect.values.key.entries()) {
      if (via === undefined) continue;
      const node = locate(connect.node, 'key', index, 'via');
      yield* viaFindings(contract, connect.field, via, node, ({ department }) =>
        department === connect.field.department ? undefined : `${via} is of another department.`,
      );
    }
  }
}

/** Which residents a source serves is told by the region that they are of, which their owner may open to rules (gate). */
export function* routeNamesAFieldOfARecord(contract: Contract): Iterable<Finding> {
  for (const { node, values, field } of allConnects(contract)) {
    const { route } = values;
    if (!route) continue;
    yield* viaFindings(contract, field, route.via, locate(node, 'route', 'via'), ({ department, share }) =>
      department === field.department || share.some((own) => own.values?.gate)
        ? undefined
        : `${route.via} is of another department, which does not share it with gate: true.`,
    );
    if (route.prefixes.length === 0 || route.prefixes.includes('')) {
      yield {
        node: locate(node, 'route', 'prefixes'),
        message: 'A route names prefixes, none of them empty.',
      };
    }
  }
}

function* viaFindings(
  contract: Contract,
  field: FieldDeclaration,
  via: string,
  node: ASTNode,
  refuse: (named: FieldDeclaration) => string | undefined,
): Iterable<Finding> {
  const named = findColumn(contract, via);
  const entity = sectionOf(contract, field)?.parentType;
  const refusal = named && refuse(named.field);
  if (!named) yield { node, message: `${quote(via)} is no field that is stored in a column.` };
  else if (
    named.place.rows !== 'ONE' ||
    named.place.isItem ||
    (entity && named.place.section.parentType !== entity)
  ) {
    yield { node, message: `${via} is not in a one-row record of the same resident.` };
  } else if (refusal) yield { node, message: refusal };
}

function sectionOf(contract: Contract, field: FieldDeclaration): FieldDeclaration | undefined {
  if (field.isEntityField) return field;
  return contract.outline.uses.get(field.parentType)?.[0]?.place.section;
}

/** What must be read before a record's key is known, must not need the record. */
export function* viaHasNoCycle(contract: Contract): Iterable<Finding> {
  const cyclic = findCyclic(contract);
  for (const field of cyclic) {
    for (const { node, values } of field.connect.filter(isValid)) {
      if (viasOf({ node, values }).length === 0) continue;
      yield { node, message: `${field.coordinate} waits for records that wait for each other in a circle.` };
    }
  }
}

function viasOf({ values }: Valid<'connect'>): readonly string[] {
  const route = values.route ? [values.route.via] : [];
  return [...values.key.flatMap(({ via }) => via ?? []), ...route];
}

/** Fields that can be reached from themselves: what remains when fields that wait for nothing are taken away, again and again. */
function findCyclic(contract: Contract): readonly FieldDeclaration[] {
  const waitsFor = new Map<FieldDeclaration, Set<FieldDeclaration>>();
  for (const field of fieldsOfKind(contract, 'connect')) {
    const records = field.connect
      .filter(isValid)
      .flatMap(viasOf)
      .flatMap((via) => findColumn(contract, via)?.place.record ?? []);
    waitsFor.set(field, new Set(records));
  }
  const waiting = new Map([...waitsFor.keys()].map((field) => [field, new Set<FieldDeclaration>()]));
  for (const [field, records] of waitsFor) for (const record of records) waiting.get(record)?.add(field);
  const ready = [...waitsFor].filter(([, records]) => records.size === 0).map(([field]) => field);
  for (let field = ready.pop(); field; field = ready.pop()) {
    waitsFor.delete(field);
    for (const next of waiting.get(field) ?? []) {
      const records = waitsFor.get(next);
      records?.delete(field);
      if (records?.size === 0) ready.push(next);
    }
  }
  return [...waitsFor.keys()];
}
