import type { ASTNode, ConstDirectiveNode } from 'graphql';
import { allConnects, type Contract, kindsOf } from '../contract.ts';
import type { SourceValues } from '../directive-values.ts';
import type { Finding } from '../finding.ts';
import { isRegisteredName, quote } from '../names.ts';
import { locate } from '../read-directives.ts';

/** What connectors can decode; a source without a charset is UTF-8. */
const charsets: ReadonlySet<string> = new Set(['UTF-8', 'GB18030', 'GBK', 'GB2312', 'BIG5']);

export function* sourceIsDeclaredOnce({ sources }: Contract): Iterable<Finding> {
  const seen = new Set<string>();
  for (const { node, values } of sources) {
    if (seen.has(values.name)) {
      yield { node: locate(node, 'name'), message: `The source ${quote(values.name)} is declared already.` };
    }
    seen.add(values.name);
  }
}

export function* sourceIsWellNamed({ sources }: Contract): Iterable<Finding> {
  const rule = 'is of lower-case letters, digits and hyphens';
  for (const { node, values } of sources) {
    if (!isRegisteredName(values.name)) {
      yield { node: locate(node, 'name'), message: `A source's name ${rule}, not ${quote(values.name)}.` };
    }
    for (const kind of kindsOf(values)) {
      const credential = values[kind]?.credential ?? '';
      if (isRegisteredName(credential)) continue;
      const message = `A credential's name ${rule}, not ${quote(credential)}.`;
      yield { node: locate(node, kind, 'credential'), message };
    }
  }
}

export function* sourceHasOneKind({ sources }: Contract): Iterable<Finding> {
  for (const { node, values } of sources) {
    const kinds = kindsOf(values);
    if (kinds.length === 1) continue;
    const message = kinds.length === 0 ? 'It has none.' : `It has ${kinds.join(', ')}.`;
    yield { node, message: `A source has one of postgres, mysql, http, graphql. ${message}` };
  }
}

/** Whoever names another department's credential would read with that department's rights. */
export function* credentialIsOfOneDepartment({ sources }: Contract): Iterable<Finding> {
  const owners = new Map<string, Set<string>>();
  const uses = sources.flatMap(({ node, values, owner }) =>
    kindsOf(values).map((kind) => ({ node, kind, owner, credential: values[kind]?.credential ?? '' })),
  );
  for (const { credential, owner } of uses) {
    owners.set(credential, (owners.get(credential) ?? new Set()).add(owner));
  }
  for (const { node, kind, credential } of uses) {
    if ((owners.get(credential)?.size ?? 0) < 2) continue;
    const message = `The credential ${quote(credential)} is named by sources of several departments.`;
    yield { node: locate(node, kind, 'credential'), message };
  }
}

export function* charsetIsKnown({ sources }: Contract): Iterable<Finding> {
  for (const { node, values } of sources) {
    for (const [charset, where] of charsetsOf(values, node)) {
      if (charsets.has(charset)) continue;
      yield {
        node: where,
        message: `A charset is one of ${[...charsets].join(', ')}, not ${quote(charset)}.`,
      };
    }
  }
}

function charsetsOf(values: SourceValues, node: ConstDirectiveNode): [string, ASTNode][] {
  const own: [string, ASTNode][] = values.charset ? [[values.charset, locate(node, 'charset')]] : [];
  const ofColumns = (['postgres', 'mysql'] as const).flatMap((kind) =>
    (values[kind]?.columnCharsets ?? []).map(({ charset }, index): [string, ASTNode] => [
      charset,
      locate(node, kind, 'columnCharsets', index, 'charset'),
    ]),
  );
  return [...own, ...ofColumns];
}

type Range = readonly [from: number, to: number];

const sourceRanges: readonly (readonly [path: string, range: Range])[] = [
  ['deadlineMs', [1, 60_000]],
  ['concurrency', [1, 100]],
  ['batch', [1, 10_000]],
  ['http.maxResponseBytes', [1_024, 268_435_456]],
  ['graphql.maxResponseBytes', [1_024, 268_435_456]],
];

const connectRanges: readonly (readonly [path: string, range: Range])[] = [
  ['maxRows', [1, 100_000]],
  ['http.batch', [1, 10_000]],
  ['http.paging.size', [1, 100_000]],
  ['http.paging.maxPages', [1, 10_000]],
  ['http.paging.firstPage', [0, 1]],
  ['graphql.batch', [1, 10_000]],
];

export function* numbersAreInRange(contract: Contract): Iterable<Finding> {
  for (const { node, values } of contract.sources) yield* outOfRange(node, values, sourceRanges);
  for (const { node, values } of allConnects(contract)) yield* outOfRange(node, values, connectRanges);
}

function* outOfRange(
  node: ConstDirectiveNode,
  values: object,
  ranges: readonly (readonly [path: string, range: Range])[],
): Iterable<Finding> {
  for (const [path, [from, to]] of ranges) {
    const steps = path.split('.');
    const value = steps.reduce<unknown>((part, step) => readMember(part, step), values);
    if (typeof value !== 'number' || (value >= from && value <= to)) continue;
    yield { node: locate(node, ...steps), message: `${path} is from ${from} to ${to}, not ${value}.` };
  }
}

function readMember(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return new Map(Object.entries(value)).get(name);
}
