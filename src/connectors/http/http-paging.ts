import type { HttpPaging } from '../connector.ts';
import { isHeld } from '../json/exact-json.ts';
import { valueAt } from '../json/json-rows.ts';
import { SourceFailure } from '../source-failure.ts';

/** Where the reading of one batch stands. */
export interface PagePosition {
  /** Pages read so far. */
  readonly pages: number;
  /** Rows read so far. */
  readonly rows: number;
  readonly cursor: unknown;
}

export const firstPosition: PagePosition = { pages: 0, rows: 0, cursor: null };

/**
 * Where the next page begins; undefined after the last one. A source that stops early, repeats a cursor or never ends is a fault: a
 * read is complete or it fails.
 */
export function nextPosition(
  paging: HttpPaging,
  before: PagePosition,
  answer: unknown,
  rowsOnPage: number,
): PagePosition | undefined {
  const position = { pages: before.pages + 1, rows: before.rows + rowsOnPage, cursor: null };
  const next =
    paging.kind === 'CURSOR'
      ? followCursor(paging, before, position, answer)
      : followCount(paging, position, answer, rowsOnPage);
  if (next && next.pages >= paging.maxPages)
    throw new SourceFailure('fault', 'answer has more pages than declared');
  return next;
}

function followCursor(
  paging: HttpPaging,
  before: PagePosition,
  position: PagePosition,
  answer: unknown,
): PagePosition | undefined {
  const cursor = valueAt(answer, paging.next ?? '');
  if (cursor === null || cursor === '') return undefined;
  if (typeof cursor !== 'string' && typeof cursor !== 'number')
    throw new SourceFailure('fault', 'answer lacks its cursor');
  if (typeof cursor === 'number' && !isHeld(cursor))
    throw new SourceFailure('fault', 'answer has a cursor that is no exact number');
  if (cursor === before.cursor) throw new SourceFailure('fault', 'answer repeats its cursor');
  return { ...position, cursor };
}

function followCount(
  paging: HttpPaging,
  position: PagePosition,
  answer: unknown,
  rowsOnPage: number,
): PagePosition | undefined {
  if (paging.total === undefined) return rowsOnPage < paging.size ? undefined : position;
  const said = valueAt(answer, paging.total);
  const total = typeof said === 'string' && /^\d+$/.test(said) ? Number(said) : said;
  if (typeof total !== 'number' || !Number.isSafeInteger(total))
    throw new SourceFailure('fault', 'answer lacks its total');
  if (position.rows >= total) return undefined;
  // A source may give smaller pages than it was asked for, but none that are empty.
  if (rowsOnPage === 0) throw new SourceFailure('fault', 'pages end before the total');
  return position;
}
