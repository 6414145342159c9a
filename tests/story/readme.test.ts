import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstQuery, welcomeLines } from '../../examples/demo-welcome.ts';
import { type Answer, startHub, type TestHub } from './hub.ts';

const run = promisify(execFile);
const citizenId = '330106198003159057';

describe('what the README says', () => {
  let hub: TestHub;
  let url: string;
  let first: Answer;
  beforeAll(async () => {
    // As many as npm start has: people are counted.
    hub = await startHub({ residents: 10_000 });
    url = await hub.app.listen();
    first = await hub.ask(firstQuery(citizenId));
  });
  afterAll(() => hub.close());

  /** A command of a document, for this hub, its folder and its address. */
  async function paste(command: string): Promise<{ code: number; stdout: string }> {
    const here = command
      .replaceAll('http://127.0.0.1:4000', url)
      .replaceAll('answer.json', join(hub.dataDir, 'answer.json'));
    const env = { ...process.env, HUB_DATA_DIR: hub.dataDir };
    return run('bash', ['-c', here], { env }).then(
      ({ stdout }) => ({ code: 0, stdout }),
      (error: { code: number; stdout: string }) => error,
    );
  }

  describe.each(['README.md', 'README.zh-CN.md'])('in %s', (file) => {
    it('about the first query is what the hub asks and answers', async () => {
      const text = await readFile(file, 'utf8');
      const [query = ''] = blocks(text, 'graphql');
      expect(words(query)).toEqual(words(firstQuery(citizenId).query));
      const [shown = ''] = blocks(text, 'json');
      expectShown(first.body, JSON.parse(shown), 'answer');
    });

    it('about what departments disagree on is what the hub answers', async () => {
      const text = await readFile(file, 'utf8');
      const [, query = ''] = blocks(text, 'graphql');
      const [, shown = ''] = blocks(text, 'json');
      const { body } = await hub.ask({ query });
      expect(body.data).toEqual(JSON.parse(shown).data);
      expect(body.errors).toBeUndefined();
    });

    it.each([
      ['searchResidents', 'street-platform', (data: Members) => data],
      ['explainAccess', 'mediation-center', (data: Members) => data['explainAccess']],
    ])('about %s is what the hub answers', async (field, client, partOf) => {
      const text = await readFile(file, 'utf8');
      const query = blocks(text, 'graphql').find((block) => block.includes(`${field}(`)) ?? '';
      const [shown = ''] = blocks(text.slice(text.indexOf(query)), 'json');
      const [, q = ''] = /`\$q` = `([^`]+)`/.exec(text) ?? [];
      const { body } = await hub.ask({ client, query, variables: query.includes('$q') ? { q } : {} });
      expect(body.errors).toBeUndefined();
      expectShown(partOf(body.data), JSON.parse(shown), field);
    });

    it('about mistakes is what they answer', async () => {
      const text = await readFile(file, 'utf8');
      const { query, variables } = firstQuery(citizenId);
      const answers = [
        await hub.ask({ query, variables, purpose: '' }),
        await hub.ask({ query, variables, purpose: 'social-assistance-review' }),
        await hub.ask(firstQuery('330106198003159058')),
        await hub.ask({ query: query.replace(' name', ' nam'), variables }),
      ];
      for (const { status, body } of answers) {
        const { message, extensions } = body.errors[0];
        expect(text).toContain(`| \`${status}\` \`${extensions.code}\` | ${message} |`);
      }
    });
  });

  it.each([
    ['docs/zh-CN/partner.md', 'mediation-center'],
    ['docs/zh-CN/auditor.md', 'audit-office'],
  ])('and each query of %s is answered', async (file, client) => {
    const queries = blocks(await readFile(file, 'utf8'), 'graphql');
    expect(queries.length).toBeGreaterThan(0);
    for (const query of queries) {
      const { status, body } = await hub.ask({ client, query });
      expect([status, body.errors]).toEqual([200, undefined]);
    }
  });

  it('and the service of docs/zh-CN/partner.md answers as a pasted command', async () => {
    const commands = blocks(await readFile('docs/zh-CN/partner.md', 'utf8'), 'sh');
    const command = commands.find((text) => text.includes('/services/')) ?? '';
    const token = await hub.token({ client: 'one-stop-hall' });
    const { code, stdout } = await paste(`TOKEN=${token}; ${command}`);
    expect([code, JSON.parse(stdout).data.residents.length]).toEqual([0, 1]);
  });

  it('about the receipt can be pasted: an answer is fetched, and its receipt is valid', async () => {
    const [fetched = '', verified = ''] = await receiptCommands('README.md');
    expect(await receiptCommands('README.zh-CN.md')).toEqual([fetched, verified]);
    expect(await paste(fetched)).toMatchObject({ code: 0 });
    const { code, stdout } = await paste(verified);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^回执有效。 The receipt is valid\.\n {2}日志 log {8}shuqiao\.local\/access\n/),
    ]);
  });

  it('is what npm start prints: the command for the next token, and that for the receipt', async () => {
    const printed = welcome({ url: 'http://127.0.0.1:4000', token: 'the-token' });
    const [fetched = '', verified = ''] = await receiptCommands('README.md');
    const [another = ''] = /^npm run token .*$/m.exec(printed) ?? [];
    expect(fetched).toContain(`$(${another})`);
    const [piped = ''] = /(?<=^ {2}\| )npm run .*$/m.exec(printed) ?? [];
    expect(verified.replace('answer.json ', '')).toBe(piped);
    expect(printed).toContain("-H 'authorization: Bearer the-token'");
  });
});

it('npm start names port and folder in each command for a second terminal, where they are others than usual', () => {
  const printed = welcome({ url: 'http://127.0.0.1:4911', token: 'the-token', dataDir: "/srv/it's here" });
  const prefix = "HUB_DATA_DIR='/srv/it'\\''s here' npm run ";
  for (const command of ['token --silent', 'client -- --url http://127.0.0.1:4911', 'agreements -- list'])
    expect(printed).toContain(prefix + command);
  expect(printed).toContain('http://127.0.0.1:4911/explorer');
  expect(printed).not.toContain('4000');
});

/** The commands of the README that keep an answer and verify it. */
async function receiptCommands(file: string): Promise<string[]> {
  return blocks(await readFile(file, 'utf8'), 'sh').filter((text) =>
    /^(curl|npm run).*\banswer\.json\b/.test(text),
  );
}

function welcome(of: { url: string; token: string; dataDir?: string }): string {
  const rest = { query: firstQuery(citizenId), warnings: [], isExplorerOn: true };
  return welcomeLines({ dataDir: resolve('.shuqiao'), ...rest, ...of }).join('\n');
}

function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)\\n\`\`\`$`, 'gm'))].map(
    ([, block = '']) => block,
  );
}

function words(query: string): string[] {
  return query.match(/\w+|[^\s\w]/g) ?? [];
}

type Members = Readonly<Record<string, unknown>>;

/** Is all of `shown` in the answer? `…` stands for whatever is there, in a text for any part of it, at the end of a list for the rest. */
function expectShown(actual: unknown, shown: unknown, place: string): void {
  if (typeof shown === 'string' && shown.includes('…')) {
    const parts = shown.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    expect(String(actual), place).toMatch(new RegExp(`^${parts.join('[^]*')}$`));
  } else if (typeof shown !== 'object' || shown === null) {
    expect(actual, place).toEqual(shown);
  } else {
    for (const [name, part] of Object.entries(shown)) {
      // Any value can be asked for a member; what is missing there is unequal to what is shown.
      const there = (actual as Record<string, unknown> | null | undefined)?.[name];
      if (name !== '…') expectShown(there, part, `${place}.${name}`);
    }
    if (
      Array.isArray(shown) &&
      !shown.some((item) => typeof item === 'object' && item !== null && '…' in item)
    ) {
      expect(actual, place).toHaveLength(shown.length);
    }
  }
}
