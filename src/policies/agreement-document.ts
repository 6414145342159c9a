import { createAgreementChecker, type DocumentCatalogue } from './check-agreement.ts';
import { checkOperation } from './check-operation.ts';
import { createPlace, type DocumentProblem, maxProblems, type Place } from './document-problems.ts';
import { isObject } from './document-readers.ts';
import { findDuplicateMembers } from './duplicate-members.ts';
import { isDeeperThan } from './is-deeper-than.ts';
import { findJsonError } from './json-error.ts';
import type { PolicyDocument } from './policy-store.ts';
import { documentLimits, readAgreement, readClient, readOperation, readPurpose } from './read-documents.ts';

export type { DocumentCatalogue } from './check-agreement.ts';
export type { DocumentProblem } from './document-problems.ts';

export interface DocumentFile {
  readonly name: string;
  readonly text: string;
}

/**
 * Reads files of agreements, purposes, clients and registered operations (one JSON object each, or a list of them) and checks them against the
 * catalogue and each other. Gives every problem of every file, and the documents that have none; whoever imports must
 * refuse all if there is any problem. Files are untrusted: sizes are capped, nothing is evaluated, no text of theirs but short
 * plain names is repeated. Defaults filled in: status ACTIVE, page size 100.
 */
export function parseAgreementDocuments(
  files: readonly DocumentFile[],
  catalogue: DocumentCatalogue,
): { readonly documents: readonly PolicyDocument[]; readonly problems: readonly DocumentProblem[] } {
  const unreadable: DocumentProblem[] = [];
  const found = files.flatMap((file) => parseFile(file, unreadable));
  if (found.length > documentLimits.documents) {
    createPlace(found.at(-1)?.file ?? '', unreadable).report(
      'too-many-documents',
      `${documentLimits.documents}`,
    );
    return { documents: [], problems: unreadable };
  }
  const drafts = found.map(readDraft);
  refuseTwins(drafts);
  const known = withBatch(catalogue, drafts);
  const check = createAgreementChecker(known);
  for (const draft of drafts) {
    if (draft.kind === 'agreement' && draft.members) check(draft.members, draft.place);
    if (draft.kind === 'operation' && draft.members) checkOperation(draft.members, draft.place, known);
  }
  return {
    documents: drafts.flatMap((draft) => completeDocument(draft) ?? []),
    problems: [...unreadable, ...drafts.flatMap(({ problems }) => problems)].slice(0, maxProblems),
  };
}

/** One value of a file, and where it stands. */
interface Found {
  readonly value: unknown;
  readonly file: string;
  readonly path: (root: Place) => Place;
}

function parseFile(file: DocumentFile, problems: DocumentProblem[]): readonly Found[] {
  const root = createPlace(file.name, problems);
  const value = parseText(file.text, root);
  if (value === undefined) return [];
  for (const name of findDuplicateMembers(file.text)) root.report('duplicate-member', name);
  if (!Array.isArray(value)) return [{ value, file: file.name, path: (place) => place }];
  if (value.length > documentLimits.documentsPerFile) {
    root.report('list-length', `0–${documentLimits.documentsPerFile}`);
    return [];
  }
  return value.map((member, index) => ({
    value: member,
    file: file.name,
    path: (place) => place.item(index),
  }));
}

function parseText(text: string, place: Place): unknown {
  if (Buffer.byteLength(text) > documentLimits.fileBytes) {
    place.report('file-too-large');
    return undefined;
  }
  const json = text.replace(/^\ufeff/, '');
  const error = findJsonError(json);
  if (error) {
    place.report('not-json', `${error.line}:${error.column}`);
    return undefined;
  }
  const value: unknown = JSON.parse(json);
  if (!isDeeperThan(value, documentLimits.nesting)) return value;
  place.report('too-deep');
  return undefined;
}

interface DraftOf<Kind, Members> {
  readonly kind: Kind;
  /** As far as they could be read; complete if the document has no problems. */
  readonly members: Members | undefined;
  readonly place: Place;
  readonly problems: readonly DocumentProblem[];
}

type Draft =
  | DraftOf<'agreement', ReturnType<typeof readAgreement>>
  | DraftOf<'purpose', ReturnType<typeof readPurpose>>
  | DraftOf<'client', ReturnType<typeof readClient>>
  | DraftOf<'operation', ReturnType<typeof readOperation>>
  | DraftOf<'unknown', never>;

function readDraft({ value, file, path }: Found): Draft {
  const problems: DocumentProblem[] = [];
  const place = path(createPlace(file, problems));
  const kind = isObject(value) ? value['kind'] : undefined;
  if (kind === 'agreement') return { kind, members: readAgreement(value, place), place, problems };
  if (kind === 'purpose') return { kind, members: readPurpose(value, place), place, problems };
  if (kind === 'client') return { kind, members: readClient(value, place), place, problems };
  if (kind === 'operation') return { kind, members: readOperation(value, place), place, problems };
  place.report(isObject(value) ? 'unknown-kind' : 'not-an-object');
  return { kind: 'unknown', members: undefined, place, problems };
}

/** Two documents of one kind with one id: the second would silently replace the first. */
function refuseTwins(drafts: readonly Draft[]): void {
  const seen = new Set<string>();
  for (const draft of drafts) {
    const hasCode = draft.kind === 'purpose' || draft.kind === 'operation';
    const id = hasCode ? draft.members?.code : draft.members?.id;
    if (id === undefined) continue;
    const name = `${draft.kind} ${id}`;
    if (seen.has(name)) draft.place.member(hasCode ? 'code' : 'id').report('duplicate-id', id);
    seen.add(name);
  }
}

/** Agreements may refer to purposes and clients that arrive with them, also to faulty ones: those are reported themselves. */
function withBatch(catalogue: DocumentCatalogue, drafts: readonly Draft[]): DocumentCatalogue {
  const purposes = new Set<string>();
  const clients = new Map(catalogue.clients);
  for (const { kind, members } of drafts) {
    if (kind === 'purpose' && members?.code) purposes.add(members.code);
    if (kind === 'client' && members?.id) clients.set(members.id, { department: members.department ?? '' });
  }
  const known = { has: (code: string) => purposes.has(code) || catalogue.purposes.has(code) };
  return { ...catalogue, purposes: known, clients };
}

function completeDocument(draft: Draft): PolicyDocument | undefined {
  if (draft.problems.length > 0 || !draft.members) return undefined;
  const defaults = {
    agreement: { status: 'ACTIVE', pageSize: 100 },
    client: { registeredOnly: false, status: 'ACTIVE' },
    purpose: {},
    operation: { status: 'ACTIVE' },
  };
  // Its reader has read every required member, or there would be a problem.
  return { ...defaults[draft.kind], ...draft.members } as PolicyDocument;
}
