/**
 * `npm run client -- --url http://127.0.0.1:4000`: the operations with both libraries, against the hub that `npm start` runs, with tokens of
 * its demo issuer.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openDemoIssuer } from '../demo-issuer.ts';
import { demoCaller } from '../demo-welcome.ts';
import { type Answer, askApollo, askUrql } from './answer.ts';
import { createApolloClient } from './apollo-client.ts';
import { describeFailure } from './describe-failure.ts';
import { findResidents } from './find-residents.ts';
import {
  OneResidentDocument,
  type OneResidentQuery,
  ResidentsPageDocument,
  type ResidentsPageQuery,
} from './generated/operations.ts';
import { FindResidentsDocument } from './generated/search.ts';
import { explainNull } from './hub-errors.ts';
import type { HubAccess } from './hub-fetch.ts';
import { createUrqlClient } from './urql-client.ts';

/** Of the synthetic population: somebody in all four registers, somebody in none, and no identifier at all. */
const known = { value: '330106198003159057' };
const nobody = { value: '330106199909099956' };
const malformed = { value: '330106199909099957' };

async function main(args: readonly string[]): Promise<void> {
  const { url } = parseArgs({ args: [...args], options: { url: { type: 'string' } } }).values;
  const access = await openAccess(url ?? 'http://127.0.0.1:4000');
  const identifiers = [known, nobody, malformed];
  printResident(await askApollo(createApolloClient(access), OneResidentDocument, { identifier: known }));
  printPage(await askUrql(createUrqlClient(access), ResidentsPageDocument, { identifiers }));
  await printFound(await openStreet(access.url));
}

/** Two pages of a search, as the street's platform asks; a third is never asked for. */
async function printFound(access: HubAccess): Promise<void> {
  const client = createUrqlClient(access);
  const pages = findResidents((variables) => askUrql(client, FindResidentsDocument, variables), { first: 3 });
  let count = 0;
  for await (const { residents, problems } of pages) {
    count += 1;
    const names = residents.map(({ name }) => name ?? '—').join('、');
    console.log(`查人第 ${count} 页 page ${count}: ${names || (problems[0]?.code ?? '—')}`);
    if (count === 2) return;
  }
}

async function openStreet(url: string): Promise<HubAccess> {
  const issuer = await openDemoIssuer(resolve(process.env['HUB_DATA_DIR'] ?? '.shuqiao'));
  const getToken = () => issuer.issueToken({ client: 'street-platform' });
  return { url, purpose: 'grassroots-governance', getToken };
}

async function openAccess(url: string): Promise<HubAccess> {
  const issuer = await openDemoIssuer(resolve(process.env['HUB_DATA_DIR'] ?? '.shuqiao'));
  const { client, purpose, case: caseReference } = demoCaller;
  let token = issuer.issueToken({ client });
  return {
    url,
    purpose,
    caseReference,
    getToken: ({ isExpired }) => {
      if (isExpired) token = issuer.issueToken({ client });
      return token;
    },
  };
}

function printResident({ data, problems }: Answer<OneResidentQuery>): void {
  const { resident } = data ?? {};
  console.log(`姓名 name: ${resident?.name ?? reasonOf(problems, 'resident.name')}`);
  console.log(`电话 phone: ${resident?.police?.phone ?? reasonOf(problems, 'resident.police.phone')}`);
  const employer = resident?.socialSecurity?.employer;
  console.log(`单位 employer: ${employer ?? reasonOf(problems, 'resident.socialSecurity.employer')}`);
}

function printPage({ data, problems }: Answer<ResidentsPageQuery>): void {
  for (const [index, resident] of (data?.residents ?? []).entries()) {
    const place = `residents.${index}`;
    console.log(`${place}: ${resident?.name ?? reasonOf(problems, resident ? `${place}.name` : place)}`);
  }
}

const words = {
  NO_RECORD: '无可提供的记录 no record available to you',
  NOT_GRANTED: '未获授权 not granted',
  NOT_ANSWERED: '部门未应答 the department does not answer',
  MALFORMED: '证件号码有误 malformed identifier',
} as const;

function reasonOf(problems: Answer<unknown>['problems'], path: string): string {
  return words[explainNull(problems, path).reason];
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(describeFailure(error));
  process.exitCode = 1;
});
