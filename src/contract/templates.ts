import { isReservedName } from './names.ts';
import { fileLimits } from './parse-contract.ts';

/** What a template of a request may stand in for. */
export const placeholders: ReadonlySet<string> = new Set([
  '$key',
  '$keys',
  '$columns',
  '$page',
  '$pageSize',
  '$offset',
  '$cursor',
]);

/** Parses a body template. Undefined where it is not JSON: a caller that composes has had that reported. */
export function parseTemplate(body: string): { readonly json: unknown } | undefined {
  try {
    return { json: JSON.parse(body) };
  } catch {
    return undefined;
  }
}

export interface TemplateContent {
  readonly texts: readonly string[];
  readonly faults: readonly string[];
}

/** Every text in a body template, and what is wrong with its shape. Goes no deeper than a file may nest. */
export function readTemplate(json: unknown): TemplateContent {
  const texts: string[] = [];
  const faults = new Set<string>();
  const read = (value: unknown, depth: number): void => {
    if (depth > fileLimits.nesting) return void faults.add('It is nested too deeply.');
    if (typeof value === 'string') texts.push(value);
    if (typeof value !== 'object' || value === null) return;
    for (const [name, item] of Object.entries(value)) {
      if (isReservedName(name)) faults.add('A member has a reserved name.');
      read(item, depth + 1);
    }
  };
  read(json, 0);
  return { texts, faults: [...faults] };
}

/** Does a text hold something like a placeholder that is none, or that is not the whole text? */
export function isUnknownPlaceholder(text: string): boolean {
  return /\$[A-Za-z_]/.test(text) && !placeholders.has(text);
}
