/** What a statement asks of which table: enough to tell a test which columns a department was asked for. */
export interface SqlRead {
  readonly table: string;
  /** Known columns of the table that stand in a select list, in the order of their first mention; `*` where it says so. */
  readonly columns: readonly string[];
}

/** Undefined for statements that read none of the tables. */
export function readSql(
  sql: string,
  tables: Readonly<Record<string, readonly string[]>>,
): SqlRead | undefined {
  const words = wordsOf(sql);
  const table = words.find((word) => Object.hasOwn(tables, word));
  if (table === undefined) return undefined;
  const known = tables[table] ?? [];
  const selected = selectLists(words).filter((word) => known.includes(word) || word === '*');
  return { table, columns: [...new Set(selected)] };
}

/** How many keys the parameters carry: elements of the longest array, or at least one parameter. */
export function countKeys(parameters: readonly (string | null)[]): number {
  const counts = parameters.map((value) =>
    value?.startsWith('{') ? countElements(value) : value === null ? 0 : 1,
  );
  return Math.max(0, ...counts);
}

/** Of a PostgreSQL array literal; commas in quotes do not count. */
function countElements(literal: string): number {
  const bare = literal.replace(/"(?:[^"\\]|\\.)*"/g, 'x');
  return bare === '{}' ? 0 : bare.split(',').length;
}

/** Names, keywords in lower case, parentheses and stars. Texts and numbers are left out. */
function wordsOf(sql: string): string[] {
  const tokens = sql.replace(/'(?:[^']|'')*'/g, ' ').match(/"[^"]*"|[\p{L}_][\p{L}\p{N}_$]*|[()*]/gu) ?? [];
  return tokens.map((token) => (token.startsWith('"') ? token.slice(1, -1) : token.toLowerCase()));
}

/** What stands between each SELECT and the FROM of the same depth. */
function selectLists(words: readonly string[]): string[] {
  const open: number[] = [];
  const lists: string[] = [];
  let depth = 0;
  for (const [index, word] of words.entries()) {
    if (word === '(') depth++;
    else if (word === ')') depth--;
    else if (word === 'select') open.push(depth);
    else if (word === 'from' && open.at(-1) === depth) open.pop();
    else if (open.length > 0 && !(word === '*' && words[index - 1] === '(')) lists.push(word);
    // A select list without FROM ends with its parenthesis.
    while ((open.at(-1) ?? 0) > depth) open.pop();
  }
  return lists;
}
