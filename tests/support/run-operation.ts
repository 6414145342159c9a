import { createHash } from 'node:crypto';
import type { GraphQLFormattedError } from 'graphql';
import { defaultHubLimits, type HubLimits } from '../../src/config.ts';
import type { Connector } from '../../src/connectors/connector.ts';
import type { Graph } from '../../src/contract/graph.ts';
import type { Subject } from '../../src/identity/subject.ts';
import { createPageCursors } from '../../src/keys/page-cursor.ts';
import type { FieldPolicy } from '../../src/policies/decision.ts';
import { createSubjectClass } from '../../src/policies/subject-class.ts';
import { type ExecuteParts, executeOperation, type HubResult } from '../../src/request/execute.ts';
import { createGeneration, type Generation } from '../../src/request/generation.ts';
import { createStory, type Story } from '../../src/request/story.ts';
import type { EntityKey } from '../../src/resident/entity-key.ts';
import type { RequestTrace } from '../../src/telemetry/telemetry.ts';
import { hubGraph } from './hub-graph.ts';
import {
  createRecording,
  type RecordedList,
  type RecordedRequest,
  type RecordingOptions,
} from './recording-connector.ts';
import { createTablePolicy, type DecisionTable } from './table-policy.ts';

export interface RunOptions extends Partial<RecordingOptions> {
  readonly graph?: Graph;
  /** What the policy says; everything else is denied. */
  readonly decisions?: DecisionTable;
  readonly policy?: FieldPolicy;
  readonly generation?: Generation;
  readonly limits?: Partial<HubLimits>;
  readonly subject?: Partial<Subject>;
  readonly purpose?: string;
  readonly caseReference?: string;
  readonly operationName?: string;
  readonly now?: Date;
  readonly connectors?: ReadonlyMap<string, Connector>;
  readonly signal?: AbortSignal;
  readonly trace?: RequestTrace;
  /** What denials are explained by; by default no agreement. */
  readonly inForce?: ExecuteParts['inForce'];
  /** Opens references; by default none is known. */
  readonly reveal?: (client: string, reference: string) => EntityKey | undefined;
}

export interface Run {
  readonly result: HubResult;
  /** As the caller gets it. */
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape.
  readonly data: any;
  readonly errors: readonly GraphQLFormattedError[];
  readonly reads: readonly RecordedRequest[];
  readonly lists: readonly RecordedList[];
  readonly probes: readonly string[];
  readonly story: Story;
  /** What nobody foresaw. Tests expect none. */
  readonly unknown: readonly unknown[];
  /** What the operator hears of failed reads and bad data. */
  readonly findings: readonly Readonly<Record<string, unknown>>[];
}

export const testNow = new Date('2026-03-01T04:00:00Z');

const testCursors = createPageCursors({
  keys: () => [
    { id: 'test', algorithm: 'A256GCM', derive: (label) => createHash('sha256').update(label).digest() },
  ],
});

const generations = new WeakMap<Graph, Generation>();

/** Runs one operation as the hub does, with recording departments, and tells everything that came of it. */
export async function execute(
  source: string,
  variables: Readonly<Record<string, unknown>> = {},
  options: RunOptions = {},
): Promise<Run> {
  const graph = options.graph ?? hubGraph;
  const limits = { ...defaultHubLimits, ...options.limits };
  const generation = options.generation ?? generationOf(graph, options.limits ? limits : undefined);
  const recording = createRecording(graph, { tables: {}, ...options });
  const unknown: unknown[] = [];
  const findings: Readonly<Record<string, unknown>>[] = [];
  const story = createTestStory(options);
  const policy = options.policy ?? createTablePolicy(options.decisions ?? {});
  const parts = {
    limits,
    policy: () => policy,
    inForce: options.inForce ?? (() => ({ agreements: [], purposes: new Map() })),
    connectors: () => options.connectors ?? recording.connectors,
    references: { conceal, reveal: options.reveal ?? (() => undefined) },
    cursors: testCursors,
    now: () => options.now ?? testNow,
    onUnknown: (error: unknown) => unknown.push(error),
    onFindings: (found: Readonly<Record<string, unknown>>) => findings.push(found),
  };
  const request = { source, operationName: options.operationName, variables };
  const result = await executeOperation(parts, generation, story, request);
  const text = JSON.stringify(result);
  const { data, errors = [] } = JSON.parse(text);
  return {
    result,
    text,
    data,
    errors,
    reads: recording.reads,
    lists: recording.lists,
    probes: recording.probes,
    story,
    unknown,
    findings,
  };
}

/** Codes of the errors in the answer, in order. */
export function codes({ errors }: Run): unknown[] {
  return errors.map(({ extensions }) => extensions?.['code']);
}

/** The answer without what differs between any two requests: ids and times. */
export function comparable({ text }: Run): string {
  return text
    .replace(/"requestId":"[^"]*"/g, '"requestId":"…"')
    .replace(/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z/g, '…');
}

export function createTestStory(
  options: Pick<RunOptions, 'subject' | 'purpose' | 'caseReference' | 'signal' | 'trace'> = {},
): Story {
  const story = createStory(testNow, options.signal ?? new AbortController().signal, options.trace);
  const subject: Subject = {
    client: 'grid-platform',
    department: 'civil-affairs',
    roles: [],
    purposes: ['care'],
    issuer: 'test',
    tokenId: 'token-1',
    expiresAt: 0,
    ...options.subject,
  };
  const { caseReference, purpose = 'care' } = options;
  story.subject = subject;
  story.caller = { subject, purpose, ...(caseReference === undefined ? {} : { caseReference }) };
  story.subjectClass = createSubjectClass(story.caller);
  return story;
}

function conceal(_client: string, { type, value }: { type: string; value: string }): string {
  return createHash('sha256').update(`${type}:${value}`).digest('hex');
}

function generationOf(graph: Graph, limits: HubLimits | undefined): Generation {
  if (limits) return createGeneration(graph, limits);
  const known = generations.get(graph) ?? createGeneration(graph, defaultHubLimits);
  generations.set(graph, known);
  return known;
}
