import type { FieldMapping, SharedField } from '../contract/graph.ts';
import type { Client } from './agreement.ts';
import { parseInstant } from './calendar.ts';
import { checkScope, createEntityFinder, findListTypes, type ScopeSubject } from './check-scope.ts';
import type { Place } from './document-problems.ts';
import { withNearest } from './document-readers.ts';
import { isFittingMask, isMask } from './field-masks.ts';
import { isListOperation } from './list-operation.ts';
import type { AgreementMembers, GrantMembers } from './read-documents.ts';
import { ruleAttributes } from './row-rule.ts';
import { createAttributeResolver, type ResolveAttribute } from './rule-scope.ts';
import { isSharedField } from './shared-field.ts';

/** What the hub knows, for documents to refer to. */
export interface DocumentCatalogue {
  /** The graph's fields and elements. */
  readonly fields: ReadonlyMap<string, FieldMapping>;
  readonly elements: ReadonlyMap<string, string>;
  /** Departments with a contract file: the possible providers. */
  readonly departments: { has(name: string): boolean };
  /** Already registered; those of the same import are added to them. */
  readonly purposes: { has(code: string): boolean };
  readonly clients: ReadonlyMap<string, Pick<Client, 'department'>>;
  /** What is wrong with a document that is to be registered, without a value of it; undefined if nothing is. */
  readonly refuseOperation: (document: string) => string | undefined;
  /** Agreements that were revoked: their ids are used up. */
  readonly revoked?: { has(id: string): boolean };
}

/** Checks agreements against one catalogue. What could not be read was reported before and is passed over here. */
export function createAgreementChecker(
  catalogue: DocumentCatalogue,
): (agreement: AgreementMembers, place: Place) => void {
  const resolve = createAttributeResolver(catalogue.fields, catalogue.elements);
  const listTypes = findListTypes(catalogue.fields);
  const entitiesOf = createEntityFinder(catalogue.fields);
  return (agreement, place) => {
    checkId(agreement, place, catalogue);
    checkTerm(agreement, place);
    checkParties(agreement, place, catalogue);
    checkGrants(agreement, place, catalogue);
    checkScopes(agreement, place, { resolve, listTypes, entitiesOf });
    checkListScopes(agreement, place, { resolve, fields: catalogue.fields });
  };
}

/** A document that says REVOKED itself may come again. */
function checkId({ id, status }: AgreementMembers, place: Place, { revoked }: DocumentCatalogue): void {
  if (id === undefined || status === 'REVOKED' || !revoked?.has(id)) return;
  place.member('id').report('revoked-id', id);
}

function checkTerm({ validFrom, validUntil }: AgreementMembers, place: Place): void {
  if (!validFrom || !validUntil || parseInstant(validFrom) < parseInstant(validUntil)) return;
  place.member('validUntil').report('validity-empty');
}

function checkParties(agreement: AgreementMembers, place: Place, catalogue: DocumentCatalogue): void {
  const { provider, purpose, consumer } = agreement;
  if (provider && !catalogue.departments.has(provider)) {
    place.member('provider').report('unknown-department', provider);
  }
  if (purpose && !catalogue.purposes.has(purpose)) {
    place.member('purpose').report('unknown-purpose', purpose);
  }
  for (const [index, id] of (consumer?.clients ?? []).entries()) {
    if (id === undefined) continue;
    const client = catalogue.clients.get(id);
    const here = place.member('consumer').member('clients').item(index);
    if (!client) here.report('unknown-client', withNearest(id, catalogue.clients.keys()));
    else if (consumer?.department && client.department !== consumer.department) {
      here.report('department-mismatch', id);
    }
  }
}

function checkGrants(agreement: AgreementMembers, place: Place, catalogue: DocumentCatalogue): void {
  /** Field → how it was granted first. */
  const manners = new Map<string, string>();
  for (const [index, grant] of (agreement.grants ?? []).entries()) {
    const here = place.member('grants').item(index);
    if (!grant) continue;
    checkMaskName(grant, here.member('mask'));
    for (const [position, coordinate] of (grant.fields ?? []).entries()) {
      const at = here.member('fields').item(position);
      if (isListOperation(grant.operation)) {
        if (coordinate) checkRegister(coordinate, agreement.provider, at, catalogue);
        continue;
      }
      const field = coordinate && findGrantable(coordinate, agreement.provider, at, catalogue);
      if (!field || !grant.operation) continue;
      checkFieldMask(grant, field, at);
      checkManner(grant, field, at, manners);
    }
  }
}

/** What is searched and counted is a register as a whole. */
function checkRegister(
  coordinate: string,
  provider: string | undefined,
  place: Place,
  { fields }: DocumentCatalogue,
): void {
  const field = fields.get(coordinate);
  if (coordinate.includes('*')) place.report('wildcard');
  else if (!field) place.report('unknown-field', withNearest(coordinate, fields.keys()));
  else if (field.kind !== 'connect' || !field.register) place.report('not-a-register', coordinate);
  else if (provider && field.department !== provider) place.report('foreign-field', coordinate);
}

/** The field, or undefined after saying why it cannot be granted. */
function findGrantable(
  coordinate: string,
  provider: string | undefined,
  place: Place,
  { fields, elements }: DocumentCatalogue,
): SharedField | undefined {
  const element = elements.get(coordinate);
  const field = fields.get(coordinate);
  if (coordinate.includes('*')) place.report('wildcard');
  else if (element) place.report('element-not-field', element);
  else if (!field) place.report('unknown-field', withNearest(coordinate, fields.keys()));
  else if (!isSharedField(field)) place.report('not-a-leaf', coordinate);
  else if (provider && field.department !== provider) place.report('foreign-field', coordinate);
  else if (!field.share) place.report('not-shared', coordinate);
  else if (field.share.as === 'NON_SHARED') place.report('non-shared', coordinate);
  else return field;
  return undefined;
}

function checkMaskName({ operation, mask }: GrantMembers, place: Place): void {
  if (mask === undefined) return;
  if (operation && operation !== 'readMasked') place.report('mask-unused');
  if (!isMask(mask)) place.report('mask-unknown', mask);
}

function checkFieldMask(grant: GrantMembers, field: SharedField, place: Place): void {
  if (grant.operation !== 'readMasked') return;
  const mask = grant.mask ?? field.share?.mask;
  if (mask === undefined) place.report('mask-missing', field.coordinate);
  else if (isMask(mask) && !isFittingMask(mask, field.typeName)) place.report('mask-unfit', field.coordinate);
}

/** The mix that `combineGrants` would round down: better said when it is written than noticed when values go missing. */
function checkManner(
  grant: GrantMembers,
  field: SharedField,
  place: Place,
  manners: Map<string, string>,
): void {
  if (grant.operation === 'verify') return;
  const manner = grant.operation === 'read' ? 'clear' : (grant.mask ?? field.share?.mask ?? '');
  const first = manners.get(field.coordinate);
  if (first !== undefined && first !== manner) place.report('field-twice-unlike', field.coordinate);
  else manners.set(field.coordinate, manner);
}

function checkScopes(
  agreement: AgreementMembers,
  place: Place,
  context: Pick<ScopeSubject, 'resolve' | 'listTypes' | 'entitiesOf'>,
): void {
  const { provider, rowScope, grants = [] } = agreement;
  if (!provider) return;
  const subject = (governed: readonly string[]): ScopeSubject => ({ ...context, provider, governed });
  const all = grants.flatMap((grant) => grantedFields(grant));
  if (rowScope) checkScope(rowScope, place.member('rowScope'), subject(all));
  for (const [index, grant] of grants.entries()) {
    const here = place.member('grants').item(index).member('rowScope');
    if (grant?.rowScope) checkScope(grant.rowScope, here, subject(grantedFields(grant)));
  }
}

/** A list is refused whose rule its source cannot apply by itself: better said when it is written. */
function checkListScopes(
  { rowScope, grants = [] }: AgreementMembers,
  place: Place,
  { resolve, fields }: { readonly resolve: ResolveAttribute; readonly fields: DocumentCatalogue['fields'] },
): void {
  for (const [index, grant] of grants.entries()) {
    if (!isListOperation(grant?.operation)) continue;
    const here = place.member('grants').item(index);
    for (const coordinate of grantedFields(grant)) {
      const typeName = fields.get(coordinate)?.typeName;
      const isForeign = (attribute: string) => resolve(attribute)?.parentType !== typeName;
      for (const [scope, at] of [
        [rowScope, place.member('rowScope')],
        [grant?.rowScope, here.member('rowScope')],
      ] as const) {
        if (typeName && scope && ruleAttributes(scope).some(isForeign))
          at.report('scope-not-of-register', coordinate);
      }
    }
  }
}

function grantedFields(grant: GrantMembers | undefined): readonly string[] {
  return grant?.fields?.filter((coordinate) => coordinate !== undefined) ?? [];
}
