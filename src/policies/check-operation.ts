import type { DocumentCatalogue } from './check-agreement.ts';
import type { Place } from './document-problems.ts';
import type { OperationMembers } from './read-documents.ts';

/** An operation that could not be executed is refused when it is registered, not when a vendor first calls it. */
export function checkOperation(
  { document, clients }: OperationMembers,
  place: Place,
  catalogue: DocumentCatalogue,
): void {
  const refusal = document === undefined ? undefined : refuse(document, catalogue);
  if (refusal !== undefined)
    place.member('document').report('operation-invalid', refusal.replaceAll('"', ''));
  for (const [index, id] of (clients ?? []).entries()) {
    if (id === undefined || catalogue.clients.has(id)) continue;
    place.member('clients').item(index).report('unknown-client', id);
  }
}

/** The hub's tables hold no personal data: what varies is a variable. */
function refuse(document: string, catalogue: DocumentCatalogue): string | undefined {
  if (/\d{15}/.test(document)) return 'It holds what looks like an identity number. Make it a variable.';
  return catalogue.refuseOperation(document);
}
