import { type Client, createClient, fetchExchange } from '@urql/core';
import { createHubFetch, type HubAccess } from './hub-fetch.ts';

/**
 * urql for one purpose and one case, without its cache, for the reasons of `createApolloClient`. urql would send short queries by GET, with the
 * identifier in the URL: the hub refuses that, and `preferGetMethod: false` keeps it from being tried.
 */
export function createUrqlClient(access: HubAccess): Client {
  return createClient({
    url: `${access.url}/graphql`,
    fetch: createHubFetch(access),
    preferGetMethod: false,
    requestPolicy: 'network-only',
    exchanges: [fetchExchange],
  });
}
