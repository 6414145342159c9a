import type { FieldDeclaration } from './declarations.ts';
import { isValid } from './read-directives.ts';

/** The element of which a search speaks when it looks at this field: the one it names, or the one that it claims. */
export function searchElementOf({ filterable, authority }: FieldDeclaration): string | undefined {
  const [use] = filterable.filter(isValid);
  return use && (use.values.element ?? authority.find(isValid)?.values.element);
}
