/**
 * What the names in a department's file may look like. They end up in SQL identifiers, JSON paths, URLs, GraphQL
 * documents and keys of objects, so each pattern allows what such names are, and nothing is escaped instead.
 */

/** Never the name of anything: an object built by such keys could change its own prototype. */
const prototypeNames: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(Object.prototype),
  'prototype',
]);

const column = /^[A-Za-z0-9_$\p{Script=Han}]{1,64}$/u;
const graphqlName = /^[A-Za-z][A-Za-z0-9_]{0,63}$|^_[A-Za-z0-9][A-Za-z0-9_]{0,62}$/;
const registeredName = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const parameter = /^[A-Za-z0-9_.$-]{1,64}$/;
const urlSegment = /^(?:[A-Za-z0-9._~$+,;=:@-]|\{key\})*$/;

/** Deepest path that a contract may name. */
const maxPathSegments = 16;

export function isReservedName(name: string): boolean {
  return name.startsWith('__') || prototypeNames.has(name);
}

/** Names of departments, sources and credentials: `police-population`. */
export function isRegisteredName(text: string): boolean {
  return text.length <= 64 && registeredName.test(text);
}

/** A column of a table: letters, digits, underscore, `$`, Chinese characters. */
export function isColumnName(text: string): boolean {
  return column.test(text) && !isReservedName(text);
}

/** A dot path in JSON; each element is what a column may be. */
export function isPath(text: string): boolean {
  const segments = text.split('.', maxPathSegments + 1);
  return segments.length <= maxPathSegments && segments.every(isColumnName);
}

/** A dot path of GraphQL field names: it becomes part of the document that the source is asked. */
export function isGraphqlPath(text: string): boolean {
  return isPath(text) && text.split('.').every(isGraphqlName);
}

export function isGraphqlName(text: string): boolean {
  return graphqlName.test(text) && !isReservedName(text);
}

/** `table` or `schema.table`. */
export function isTableName(text: string): boolean {
  const segments = text.split('.', 3);
  return segments.length <= 2 && segments.every(isColumnName);
}

/** A query parameter or body member that carries a filter. */
export function isParameterName(text: string): boolean {
  return parameter.test(text) && !text.split('.').some(isReservedName);
}

/** An absolute path below the connection's base URL: no host, no query, no escape, no way up. */
export function isUrlPath(text: string): boolean {
  if (!text.startsWith('/') || text.startsWith('//') || text.length > 512) return false;
  return text
    .slice(1)
    .split('/')
    .every((segment) => segment !== '.' && segment !== '..' && urlSegment.test(segment));
}

/** A value as it may stand in a problem's message: quoted, and short. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
