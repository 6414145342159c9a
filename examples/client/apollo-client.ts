import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { createHubFetch, type HubAccess } from './hub-fetch.ts';

/** Apollo Client 4 types its answers by the defaults that are declared here. */
declare module '@apollo/client' {
  namespace ApolloClient {
    namespace DeclareDefaultOptions {
      interface Query {
        errorPolicy: 'all';
      }
    }
  }
}

/**
 * Apollo Client for one purpose and one case. Nothing is cached: an answer that was given for one case is not shown for another, and
 * each look at a resident is on record. `errorPolicy: 'all'` keeps what was granted beside what was not.
 */
export function createApolloClient(access: HubAccess): ApolloClient {
  return new ApolloClient({
    link: ApolloLink.from([new HttpLink({ uri: `${access.url}/graphql`, fetch: createHubFetch(access) })]),
    cache: new InMemoryCache(),
    queryDeduplication: false,
    defaultOptions: { query: { fetchPolicy: 'no-cache', errorPolicy: 'all' } },
  });
}
