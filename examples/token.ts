/**
 * `npm run token -- --client mediation-center --purpose dispute-mediation`: prints a token of the demo's issuer, alone on standard
 * output, so that it can be put into a command.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { choosePurposes, clientNames } from './demo-clients.ts';
import { openDemoIssuer } from './demo-issuer.ts';

const usage = `用法 Usage: npm run token -- --client <name> [--purpose <code>]… [--role <role>]… [--region <code>] [--officer <id>]
应用 Clients: ${clientNames().join(', ')}`;

const options = {
  client: { type: 'string' },
  purpose: { type: 'string', multiple: true },
  role: { type: 'string', multiple: true },
  region: { type: 'string' },
  officer: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

async function main(args: readonly string[]): Promise<void> {
  const values = parseArgs({ args: [...args], options }).values;
  if (values.help) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  const { client, purpose = [], role, region, officer } = values;
  if (!client) throw new RangeError('请用 --client 指明应用。 Name a client with --client.');
  const purposes = choosePurposes(client, purpose);
  const dataDir = resolve(process.env['HUB_DATA_DIR'] ?? '.shuqiao');
  const issuer = await openDemoIssuer(dataDir).catch(() => {
    throw new RangeError(
      `在 ${dataDir} 中没有演示令牌签发密钥，请先运行 npm start。\nThere is no demo issuer in ${dataDir}: run npm start first.`,
    );
  });
  const token = await issuer.issueToken({
    client,
    purposes,
    ...(role ? { roles: role } : {}),
    ...(region ? { region } : {}),
    ...(officer ? { officer } : {}),
  });
  process.stdout.write(`${token}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  console.error(usage);
  process.exitCode = 1;
});
