import type { Authentication } from '../context.ts';
import { createAuthenticator } from '../identity/authenticator.ts';
import { readIssuers } from '../identity/issuer.ts';
import type { PolicyKeeper } from '../policies/policy-keeper.ts';
import type { Foundation } from './lay-foundation.ts';

/** Reads the trusted issuers; their keys are fetched when the first token needs them. */
export async function openAuthentication(
  { config, now }: Foundation,
  keeper: PolicyKeeper,
): Promise<Authentication> {
  const issuers = await readIssuers(config.issuersFile);
  return { authenticator: createAuthenticator(issuers, { now }), catalogue: () => keeper.current() };
}
