import { hash } from 'node:crypto';
import { mendText } from './mend-text.ts';

/** Longer texts fit no index page of PostgreSQL, and nobody's name is as long. */
const longest = 500;

/** A text as the search tables hold it and as a search asks for it. */
export function searchKey(text: string): string {
  const mended = mendText(text);
  return mended.length <= longest ? mended : `sha256:${hash('sha256', mended)}`;
}
