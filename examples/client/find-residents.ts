import type { Answer } from './answer.ts';
import type { FindResidentsQuery, FindResidentsQueryVariables } from './generated/search.ts';

type FindPage = (variables: FindResidentsQueryVariables) => Promise<Answer<FindResidentsQuery>>;
export type FoundResident = NonNullable<FindResidentsQuery['searchResidents']>['nodes'][number];

/** One page of a search: people, and what went wrong beside them. A page without people may be followed by one with some. */
export interface FoundPage {
  readonly residents: readonly FoundResident[];
  readonly problems: Answer<unknown>['problems'];
}

/**
 * The pages of a search, until there is none or the caller stops. Each is asked when it is wanted: every page is on record, and decided
 * anew. A page that is refused is the last one, with its problem: after CURSOR_INVALID (a cursor is good for 15 minutes) one begins with
 * the first page again; a revoked agreement is FIELD_DENIED in the middle. `find` sends the operation with any library.
 */
export async function* findResidents(
  find: FindPage,
  variables: Omit<FindResidentsQueryVariables, 'after'>,
): AsyncGenerator<FoundPage> {
  for (let after: string | null = null; ; ) {
    const { data, problems } = await find({ ...variables, after });
    const page = data?.searchResidents;
    yield { residents: page?.nodes ?? [], problems };
    if (!page?.pageInfo.hasNextPage || !page.pageInfo.endCursor) return;
    after = page.pageInfo.endCursor;
  }
}
