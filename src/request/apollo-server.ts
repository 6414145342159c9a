import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import type { ApolloContext, HubGateway } from '../gateway.ts';
import { stringifyAnswer } from './written-data.ts';

export interface ApolloLog {
  debug(message?: unknown): void;
  info(message?: unknown): void;
  warn(message?: unknown): void;
  error(message?: unknown): void;
}

/** Apollo with everything off that the route, the plan or the record does, or that would let out what is inside. */
export function createApolloServer(gateway: HubGateway, logger: ApolloLog): ApolloServer<ApolloContext> {
  return new ApolloServer<ApolloContext>({
    gateway,
    logger,
    // Cache control costs more than the rest of a request; a landing page would answer beside the route.
    plugins: [ApolloServerPluginCacheControlDisabled(), ApolloServerPluginLandingPageDisabled()],
    // The plan decides introspection by role.
    introspection: true,
    // The route takes JSON alone, which no page of another origin can send without asking first.
    csrfPrevention: false,
    persistedQueries: false,
    allowBatchedHttpRequests: false,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: true,
    stopOnTerminationSignals: false,
    stringifyResult: stringifyAnswer,
  });
}
