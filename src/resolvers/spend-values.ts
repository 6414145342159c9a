import { type FieldNode, Kind, type SelectionSetNode } from 'graphql';
import { HubError } from '../errors.ts';
import type { Story } from '../request/story.ts';

/** Values of what the hub says of itself in one answer: the explanation of the largest operation fits. */
const maxValues = 60_000;
const spent = new WeakMap<Story, number>();

/**
 * Aliases multiply what an answer about the hub itself comes to, in a request or within one: together they have a bound. `size`: how many
 * times a value of the selection stands in the answer. Throws HubError OPERATION_LIMIT_EXCEEDED.
 */
export function spendValues(story: Story, nodes: readonly FieldNode[], size: number): void {
  const values = size * nodes.reduce((sum, { selectionSet }) => sum + countSelections(selectionSet), 0);
  const total = (spent.get(story) ?? 0) + values;
  spent.set(story, total);
  if (total <= maxValues) return;
  throw new HubError('OPERATION_LIMIT_EXCEEDED', {
    hint: `Explanations in one request are limited to ${maxValues} values.`,
    hintZh: `一次请求的说明最多 ${maxValues} 个值。`,
    details: { limit: 'maxExplainedValues', allowed: maxValues },
  });
}

/** The executor has written out every fragment. */
function countSelections(set: SelectionSetNode | undefined): number {
  return (set?.selections ?? []).reduce(
    (sum, selection) =>
      sum +
      (selection.kind === Kind.FIELD ? 1 : 0) +
      ('selectionSet' in selection ? countSelections(selection.selectionSet) : 0),
    0,
  );
}
