import type { BoundSearch, PagePosition } from '../plan/bind-search.ts';
import type { BoundRoot } from '../plan/bound-plan.ts';
import type { ResidentIdentifier } from '../resident/identifier.ts';
import type { Shown } from './assembly.ts';
import { fetchPage, fetchTotal } from './fetch-search.ts';
import type { FoundPage } from './merge-registers.ts';
import type { SearchContext } from './search-context.ts';

/** What a search brought: a page of people, and how many there are. */
export interface Found extends FoundPage {
  readonly totalCount: number | null;
}

export type SealCursor = (context: string, position: PagePosition) => string;

/**
 * The page and its total, side by side. Undefined where nobody may be listed, or a register could not be read. Everybody who was found is
 * told before anything more is read of them.
 */
export async function findResidents(
  { root, search }: BoundRoot,
  context: Omit<SearchContext, 'responsePaths'>,
  options: { readonly onResidents: (residents: readonly ResidentIdentifier[]) => void },
): Promise<Found | undefined> {
  if (!search?.lists) return undefined;
  const own = { ...context, responsePaths: root.responsePaths };
  const [page, totalCount] = await Promise.all([
    search.isPage ? fetchPage(search, own) : emptyPage,
    search.isTotal ? fetchTotal(search, own) : null,
  ]);
  if (!page) return undefined;
  options.onResidents(page.people.map(({ identifier }) => identifier));
  return { ...page, totalCount };
}

const emptyPage: FoundPage = { people: [], hasNextPage: false, end: undefined };

/** The connection as resolvers see it; null where nothing was found out. `nodes` are aligned to the people of the page. */
export function showFound(
  search: BoundSearch,
  found: Found | undefined,
  { nodes, sealCursor }: { readonly nodes: readonly Shown[]; readonly sealCursor: SealCursor },
): Shown | null {
  if (!found) return null;
  const { people, hasNextPage, end, totalCount } = found;
  const cursorOf = (at: PagePosition | undefined) => (at ? sealCursor(search.context, at) : null);
  const edges = people.map(({ at }, position) => ({
    __typename: 'ResidentEdge',
    ...(search.hasCursors ? { cursor: cursorOf(at) } : {}),
    node: nodes[position],
  }));
  return {
    __typename: 'ResidentConnection',
    nodes,
    ...(search.hasEdges ? { edges } : {}),
    pageInfo: { __typename: 'PageInfo', hasNextPage, endCursor: cursorOf(end) },
    totalCount,
  };
}
