/**
 * `npm run client:types -- --url http://127.0.0.1:4000 --client mediation-center --purpose dispute-mediation`: asks the hub for the schema of
 * this application and writes `generated/operations.ts` for `operations.graphql`, or what `--operations` names. The token is of the demo's issuer, or what SHUQIAO_TOKEN holds.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openDemoIssuer } from '../demo-issuer.ts';
import { describeFailure } from './describe-failure.ts';
import { generateTypes } from './generate-types.ts';

const options = {
  url: { type: 'string', default: 'http://127.0.0.1:4000' },
  client: { type: 'string', default: 'mediation-center' },
  purpose: { type: 'string', default: 'dispute-mediation' },
  case: { type: 'string', default: '2026-TJ-0001' },
  operations: { type: 'string', default: 'operations' },
} as const;

async function main(args: readonly string[]): Promise<void> {
  const {
    url,
    client,
    purpose,
    case: caseReference,
    operations,
  } = parseArgs({ args: [...args], options }).values;
  const generatedFile = new URL(`generated/${operations}.ts`, import.meta.url);
  const operationsFile = new URL(`${operations}.graphql`, import.meta.url);
  const token = process.env['SHUQIAO_TOKEN'] ?? (await issueToken(client));
  const response = await fetch(`${url}/schema.graphql`, {
    headers: {
      authorization: `Bearer ${token}`,
      'shuqiao-purpose': purpose,
      'shuqiao-case': encodeURIComponent(caseReference),
    },
  });
  const text = await response.text();
  if (!response.ok) throw new RangeError(`${response.status} ${text}`);
  await writeFile(generatedFile, await generateTypes(text, await readFile(operationsFile, 'utf8')));
  console.log(`examples/client/generated/${operations}.ts`);
}

async function issueToken(client: string): Promise<string> {
  const issuer = await openDemoIssuer(resolve(process.env['HUB_DATA_DIR'] ?? '.shuqiao'));
  return issuer.issueToken({ client });
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(describeFailure(error));
  process.exitCode = 1;
});
