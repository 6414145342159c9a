import { allConnects, type Contract } from '../contract.ts';
import type { HttpTargetValues } from '../directive-values.ts';
import type { Finding } from '../finding.ts';
import { quote } from '../names.ts';
import { locate, type Valid } from '../read-directives.ts';
import { isUnknownPlaceholder, parseTemplate, placeholders, readTemplate } from '../templates.ts';

/** What is sent to an endpoint: every placeholder known and meaningful there, and a key among them. */
export function* requestIsATemplate(contract: Contract): Iterable<Finding> {
  for (const { node, values } of allConnects(contract)) {
    if (!values.http) continue;
    const body = yield* bodyTexts(node, values.http);
    const texts = [...values.http.query.map(({ value }) => value), ...body];
    const at = locate(node, 'http');
    for (const text of new Set(texts.filter(isUnknownPlaceholder))) {
      const message = `${quote(text)} is no placeholder: one of ${[...placeholders].join(', ')} stands alone.`;
      yield { node: at, message };
    }
    for (const message of misplaced(values.http, new Set(texts))) yield { node: at, message };
  }
}

function* bodyTexts(
  node: Valid<'connect'>['node'],
  http: HttpTargetValues,
): Generator<Finding, readonly string[]> {
  if (http.body === undefined) return [];
  const at = locate(node, 'http', 'body');
  if (http.method === 'GET') yield { node: at, message: 'A GET request has no body.' };
  const template = parseTemplate(http.body);
  if (!template) {
    yield { node: at, message: 'The body is not JSON.' };
    return [];
  }
  const { texts, faults } = readTemplate(template.json);
  for (const message of faults) yield { node: at, message };
  return texts;
}

function* misplaced(http: HttpTargetValues, texts: ReadonlySet<string>): Iterable<string> {
  const { paging, batch } = http;
  const isSingle = texts.has('$key') || http.path.includes('{key}');
  if (!isSingle && !texts.has('$keys')) yield 'The request names no key, so it would ask for everybody.';
  if (isSingle && batch > 1) yield 'A request for a single key has batch: 1.';
  const position = { PAGE: '$page', OFFSET: '$offset', CURSOR: '$cursor' } as const;
  for (const [kind, placeholder] of Object.entries(position)) {
    const isUsed = texts.has(placeholder);
    if (isUsed && paging?.kind !== kind) yield `${placeholder} needs paging of kind ${kind}.`;
    if (!isUsed && paging?.kind === kind)
      yield `Paging of kind ${kind} needs ${placeholder}, or each page is the first.`;
  }
  if (texts.has('$pageSize') && !paging) yield '$pageSize needs paging.';
  if (paging?.kind === 'CURSOR' && paging.next === undefined) yield 'Paging of kind CURSOR needs next.';
}
