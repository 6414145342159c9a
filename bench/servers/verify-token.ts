import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';

/** Rejects unless the `authorization` header holds a token of the demo issuer for this audience. Resolves with the client. */
export type VerifyToken = (authorization: string | undefined) => Promise<string>;

/** As an application would do it with jose, its keys at hand. */
export async function createVerifyToken(dataDir: string): Promise<VerifyToken> {
  const keys: JSONWebKeySet = JSON.parse(await readFile(join(dataDir, 'jwks.json'), 'utf8'));
  const [issuer]: { readonly issuer: string; readonly audience: string }[] = JSON.parse(
    await readFile(join(dataDir, 'issuers.json'), 'utf8'),
  );
  const keySet = createLocalJWKSet(keys);
  return async (authorization) => {
    const token = authorization?.startsWith('Bearer ') ? authorization.slice(7) : '';
    const { payload } = await jwtVerify(token, keySet, {
      issuer: issuer?.issuer ?? '',
      audience: issuer?.audience ?? '',
      algorithms: ['ES256'],
    });
    return String(payload['client_id'] ?? '');
  };
}
