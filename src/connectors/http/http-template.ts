import { SourceFailure } from '../source-failure.ts';

/** What stands for the placeholders of one request. */
export interface TemplateValues {
  /** One key: text, or an object by column name. Undefined where the request has several. */
  readonly $key: unknown;
  readonly $keys: readonly unknown[];
  readonly $columns: readonly string[];
  readonly $page: number;
  readonly $pageSize: number;
  readonly $offset: number;
  /** Null for the first page. */
  readonly $cursor: unknown;
}

/**
 * A JSON template with its placeholders filled. Only a string that is exactly a placeholder is one, and what stands for it is the value
 * itself: no text is ever put together, so no value can change the shape of the request.
 */
export function fillTemplate(template: unknown, values: TemplateValues): unknown {
  if (typeof template === 'string') return isPlaceholder(template) ? values[template] : template;
  if (Array.isArray(template)) return template.map((item) => fillTemplate(item, values));
  if (typeof template !== 'object' || template === null) return template;
  // Without a prototype, so that `__proto__` in a contract file is a property like others.
  const filled: Record<string, unknown> = Object.create(null);
  for (const [name, value] of Object.entries(template)) filled[name] = fillTemplate(value, values);
  return filled;
}

/** One `name=value` per value, percent-encoded; none for null. Lists of columns are one value with commas. */
export function fillQuery(
  query: readonly { readonly name: string; readonly value: string }[],
  values: TemplateValues,
): readonly string[] {
  return query.flatMap(({ name, value }) => {
    const filled = isPlaceholder(value) ? values[value] : value;
    return encodeParameters(name, value === '$columns' ? values.$columns.join(',') : filled);
  });
}

export function encodeParameters(name: string, value: unknown): readonly string[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value.flatMap((item) => encodeParameters(name, item));
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return [`${encodeURIComponent(name)}=${encodeURIComponent(text)}`];
}

/** Segments without dot segments, doubled slashes, query or fragment, so that the address cannot be left. */
const pathForm = /^(\/(?!\.{1,2}(\/|$))(?!%2e)[\w.~!$&'()*+,;=:@%{}-]+)*\/?$/i;

/** Throws `SourceFailure` for a path from a contract file that is more than a path below the base URL. */
export function checkPath(path: string): void {
  if (!pathForm.test(path)) throw new SourceFailure('fault', 'mapping names an impossible path');
}

/** Undefined for a key that would change which path it is: it cannot be asked. */
export function fillPath(path: string, key: string | undefined): string | undefined {
  if (!path.includes('{key}')) return path;
  if (key === undefined || key === '' || /^\.{1,2}$|[/\\]/.test(key)) return undefined;
  return path.replaceAll('{key}', () => encodeURIComponent(key));
}

function isPlaceholder(text: string): text is keyof TemplateValues {
  return ['$key', '$keys', '$columns', '$page', '$pageSize', '$offset', '$cursor'].includes(text);
}
