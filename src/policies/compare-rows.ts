import { canonicalText, hashContent } from './canonical-text.ts';
import type { PolicyChange } from './policy-store.ts';

/** The change that an import makes of a row: none where it says what is there. */
export function compareRows(
  kind: PolicyChange['kind'],
  id: string,
  current: object | null,
  next: object,
): readonly PolicyChange[] {
  const content = canonicalText(next);
  if (current && canonicalText(current) === content) return [];
  return [{ kind, id, change: current ? 'UPDATED' : 'CREATED', contentHash: hashContent(content) }];
}
