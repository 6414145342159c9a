import type { Graph } from '../../src/contract/graph.ts';
import type { Subject } from '../../src/identity/subject.ts';
import type { Agreement, Client, Purpose } from '../../src/policies/agreement.ts';
import { parseAgreementDocuments } from '../../src/policies/agreement-document.ts';
import type { FieldPolicy } from '../../src/policies/decision.ts';
import { compilePolicy } from '../../src/policies/policy.ts';
import { emptyCatalogue, readFolder } from '../policies/demo.ts';
import { hubGraph } from './hub-graph.ts';

/** The demo's agreements, clients and purposes over the founding departments' graph, without a database. */
export interface DemoPolicy {
  readonly agreements: readonly Agreement[];
  readonly clients: ReadonlyMap<string, Client>;
  readonly purposes: ReadonlyMap<string, Purpose>;
  readonly policy: FieldPolicy;
}

/** An instant at which all of the demo's agreements are in force. */
export const demoNow = new Date('2026-03-01T04:00:00Z');

export const demoPolicy: DemoPolicy = compileDemo();

/** The demo's policy with its agreements changed. */
export function compileDemo(
  change: (agreements: readonly Agreement[]) => readonly Agreement[] = (agreements) => agreements,
  graph: Graph = hubGraph,
): DemoPolicy {
  const { documents } = parseAgreementDocuments(readFolder('examples/agreements'), emptyCatalogue(graph));
  const agreements = change(
    documents.flatMap((document) => (document.kind === 'agreement' ? [{ ...document, version: 1 }] : [])),
  );
  const clients = new Map<string, Client>();
  const purposes = new Map<string, Purpose>();
  for (const document of documents) {
    if (document.kind === 'client') clients.set(document.id, document);
    if (document.kind === 'purpose') purposes.set(document.code, document);
  }
  const policy = compilePolicy({
    agreements,
    clients,
    purposes,
    fields: graph.fields,
    at: demoNow.getTime(),
  });
  return { agreements, clients, purposes, policy };
}

const settings: Readonly<Record<string, Pick<Subject, 'purposes' | 'roles' | 'region' | 'officer'>>> =
  JSON.parse(readFolder('examples').find(({ name }) => name === 'demo-clients.json')?.text ?? '{}');

export const demoClients: readonly string[] = Object.keys(settings).sort();

/** A demo client as its token names it. */
export function demoSubject(client: string, changes: Partial<Subject> = {}): Subject {
  const known = settings[client];
  const department = demoPolicy.clients.get(client)?.department;
  if (!known || department === undefined) throw new TypeError(`${client} is no client of the demo`);
  return { client, department, issuer: 'demo', tokenId: 'token-1', expiresAt: 0, ...known, ...changes };
}

/** Every client of the demo with every purpose, its own or not. */
export const demoCallers: readonly { readonly client: string; readonly purpose: string }[] =
  demoClients.flatMap((client) =>
    [...demoPolicy.purposes.keys()].sort().map((purpose) => ({ client, purpose })),
  );
