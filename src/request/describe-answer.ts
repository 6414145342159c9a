import type { Graph } from '../contract/graph.ts';
import type { Fetched } from '../fetch/fetch-plan.ts';
import type { BoundList } from '../plan/bind-search.ts';
import { type BoundPlan, type BoundRoot, type BoundStep, stepsOf } from '../plan/bound-plan.ts';
import { maskedCoordinates } from './recorded-decisions.ts';
import { answerExtensions, type Story } from './story.ts';

/** What `extensions` says of an answer with data: which departments answered, as of when; what is masked; which lists were cut. */
export function describeAnswer(
  graph: Graph,
  story: Story,
  bound: BoundPlan,
  fetched: Fetched,
): Record<string, unknown> {
  const extensions = answerExtensions(story);
  extensions['sources'] = describeSources(graph, story, bound, fetched);
  const masked = maskedCoordinates(bound.decisions);
  if (masked.length > 0) extensions['masked'] = masked;
  if (fetched.truncated.length > 0) extensions['truncated'] = fetched.truncated;
  return extensions;
}

interface SourceAnswer {
  readonly department: string | undefined;
  readonly source: string;
  readonly entity: string;
  readonly outcome: string;
  readonly readAt: string;
}

/**
 * Every source that this request may ask, asked or not, with one time for all: whether somebody passed a gate must not be told by who was
 * asked, nor when.
 */
function describeSources(
  graph: Graph,
  story: Story,
  { roots }: BoundPlan,
  { reads, unchecked }: Fetched,
): readonly SourceAnswer[] {
  const failed = reads.filter(({ outcome }) => outcome !== 'OK');
  const readAt = firstReadAt(story, reads);
  const answers: SourceAnswer[] = [];
  for (const { typeName: entity, source } of roots.flatMap(sourcesOfSteps)) {
    const failure = failed.find((read) => isOf(read, source, entity) && read.role === 'data');
    const outcome = failure?.outcome ?? (unchecked.has(entity) ? 'ACCESS_UNCHECKED' : 'OK');
    tell(answers, { department: graph.sources.get(source)?.department, source, entity, outcome, readAt });
  }
  for (const { typeName: entity, source } of roots.flatMap(sourcesOfLists)) {
    const outcome = failed.find((read) => isOf(read, source, entity))?.outcome ?? 'OK';
    tell(answers, { department: graph.sources.get(source)?.department, source, entity, outcome, readAt });
  }
  return answers;
}

/** The first read is made whoever passes a gate. */
function firstReadAt({ receivedAt }: Story, reads: Fetched['reads']): string {
  const [first, ...later] = reads;
  if (!first) return receivedAt.toISOString();
  return later.reduce((earliest, { readAt }) => (readAt < earliest ? readAt : earliest), first.readAt);
}

interface AskedSource {
  readonly typeName: string;
  readonly source: string;
}

/** Where nobody can be there, by the request alone, nobody is asked. */
function sourcesOfSteps(root: BoundRoot): readonly AskedSource[] {
  const { named, search } = root;
  const canBeThere = search ? search.lists?.some(isListed) : named.keys.length > 0;
  return canBeThere ? [...stepsOf(root)].flatMap(sourcesOfStep) : [];
}

function sourcesOfStep({ step, isActive, rules }: BoundStep): readonly AskedSource[] {
  const { typeName, connects } = step.connect;
  return isActive && rules !== 'NEVER' ? connects.map(({ source }) => ({ typeName, source })) : [];
}

function sourcesOfLists({ search }: BoundRoot): readonly AskedSource[] {
  return (search?.lists?.filter(isListed) ?? []).flatMap(({ plan }) => {
    const { typeName, connects } = plan.register.connect;
    return connects.map(({ source }) => ({ typeName, source }));
  });
}

function isListed({ where }: BoundList): boolean {
  return where !== 'NEVER';
}

function isOf(read: Pick<SourceAnswer, 'source' | 'entity'>, source: string, entity: string): boolean {
  return read.source === source && read.entity === entity;
}

/** Each source and record once; what is said of it last stands. */
function tell(answers: SourceAnswer[], answer: SourceAnswer): void {
  const known = answers.findIndex((other) => isOf(other, answer.source, answer.entity));
  if (known < 0) answers.push(answer);
  else answers[known] = answer;
}
