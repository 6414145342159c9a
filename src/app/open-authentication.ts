import type { Authentication } from '../context.ts';
import { createAuthenticator } from '../identity/authenticator.ts';
import { readIssuers } from '../identity/issuer.ts';
import type { PolicyKeeper } from '../policies/policy-keeper.ts';
import type { Foundation } from './lay-foundation.ts';
import { limitReports } from './limit-reports.ts';

/** Reads the trusted issuers; their keys are fetched when the first token needs them. */
export async function openAuthentication(
  { config, now, logger }: Foundation,
  keeper: PolicyKeeper,
): Promise<Authentication> {
  const issuers = await readIssuers(config.issuersFile, config);
  const report = limitReports(
    (issuer, fields) => logger.error({ issuer, ...fields }, 'the keys of an issuer could not be read'),
    { perMinute: 2 },
  );
  const onFailure = (issuer: string, cause: unknown) => report(issuer, { err: cause });
  return {
    authenticator: createAuthenticator(issuers, { now, onFailure }),
    catalogue: () => keeper.current(),
  };
}
