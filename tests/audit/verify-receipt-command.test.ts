import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Receipt } from '../../src/audit/entry.ts';
import { runVerifyReceiptCommand } from '../../src/audit/verify-receipt-command.ts';
import { createEmptyDir } from '../support/test-storage.ts';
import { createMemoryStore } from './faulty-store.ts';
import { entryOf, openLog, receiptKeys } from './support.ts';

const folder = createEmptyDir();
const pem = receiptKeys.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const other = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
let receipt: Receipt;

beforeAll(async () => {
  receipt = await openLog(createMemoryStore()).append(entryOf());
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const keyFile = () => file('key.pem', pem);
const answerFile = (of: object) =>
  file(
    'answer.json',
    JSON.stringify({ data: { resident: { name: '沈国强' } }, extensions: { receipt: of } }),
  );

async function run(args: readonly string[], input = '') {
  const lines: string[] = [];
  const errors: string[] = [];
  const code = await runVerifyReceiptCommand(args, {
    input: Readable.from([input]),
    out: (line) => lines.push(line),
    err: (line) => errors.push(line),
  });
  return { code, output: [...lines, ...errors].join('\n'), errors: errors.join('\n') };
}

describe('a receipt is checked without the hub', () => {
  it('from a whole answer: valid, for which record of which log, and what that does not prove', async () => {
    const { code, output } = await run([answerFile(receipt), keyFile()]);
    expect(output).toMatch(/^回执有效。 The receipt is valid\./);
    for (const member of [receipt.origin, receipt.index, receipt.at, receipt.replica]) {
      expect(output).toContain(` ${member}\n`);
    }
    expect(output).toMatch(/不证明.*\n.*It proves .*does not prove that the record is still there/s);
    expect(output).not.toContain('沈国强');
    expect(code).toBe(0);
  });

  it('by itself, and from standard input', async () => {
    const bare = JSON.stringify(receipt);
    expect((await run([file('receipt.json', `\ufeff${bare}`), keyFile()])).code).toBe(0);
    expect((await run([keyFile()], bare)).code).toBe(0);
    expect((await run(['-', keyFile()], bare)).code).toBe(0);
  });

  it('with a key that is fetched, saying that it should be compared', async () => {
    const server = createServer((request, response) =>
      response.writeHead(request.url === '/receipt-key.pem' ? 200 : 404).end(pem),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    // A TCP server has an address object.
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const found = await run([answerFile(receipt), `${url}/receipt-key.pem`]);
    const missing = await run([answerFile(receipt), `${url}/nothing`]);
    await new Promise((resolve) => server.close(resolve));
    const down = await run([answerFile(receipt), `${url}/receipt-key.pem`]);
    expect([found.code, missing.code, down.code]).toEqual([0, 2, 2]);
    expect(found.output).toContain('Compare it with a copy of your own');
    expect(missing.output).toContain('HTTP 404');
    expect(down.output).toContain('ECONNREFUSED');
  });

  it.each(['origin', 'index', 'eventId', 'leafHash', 'at', 'replica', 'signature'] as const)(
    'is not valid with another %s, of which nothing is shown',
    async (member) => {
      const altered = { ...receipt, [member]: '\u001b[2Jforged' };
      const { code, output } = await run([answerFile(altered), keyFile()]);
      expect(output).toContain('The receipt is NOT valid');
      expect(output).not.toContain('forged');
      expect(code).toBe(1);
    },
  );

  it("is not valid under another hub's key, or by an algorithm of its own", async () => {
    const foreign = await run([answerFile(receipt), file('other.pem', other)]);
    expect(foreign).toMatchObject({ code: 1, output: expect.stringContaining('不是由这把公钥') });
    const none = await run([answerFile({ ...receipt, alg: 'none' }), keyFile()]);
    expect(none).toMatchObject({ code: 1, output: expect.stringContaining('签名算法不是') });
  });
});

describe('whoever asks how it is used', () => {
  it.each(['--help', '-h', 'help'])('is told on standard output, with exit code 0: %s', async (word) => {
    const { code, output, errors } = await run([word]);
    expect([code, errors]).toEqual([0, '']);
    expect(output).toMatch(/^用法 Usage:.*0 有效 valid, 1 无效 not valid, 2 /s);
  });
});

describe('what cannot be checked is told in a sentence', () => {
  it.each([
    ['nothing', () => [], /^用法 Usage:/],
    ['three arguments', () => ['a', 'b', 'c'], /^用法 Usage:/],
    ['an option', () => ['--key', keyFile()], /^用法 Usage:/],
    ['a missing answer', () => [join(folder, 'none.json'), keyFile()], /none\.json：无法读取。.*ENOENT/],
    ['a missing key', () => [answerFile(receipt), join(folder, 'none.pem')], /none\.pem：无法读取。.*ENOENT/],
    ['a folder', () => [folder, keyFile()], /EISDIR/],
    ['no JSON', () => [file('answer.txt', '沈国强 {'), keyFile()], /answer\.txt：不是有效的 JSON。/],
    ['nothing on standard input', () => [keyFile()], /标准输入.*不是有效的 JSON/],
    ['an answer without one', () => [file('bare.json', '{"data":null}'), keyFile()], /没有回执/],
    ['null', () => [file('null.json', 'null'), keyFile()], /没有回执/],
    ['an RSA key', () => [answerFile(receipt), file('rsa.pem', pemOf(rsa))], /不是 Ed25519 公钥/],
    ['no key', () => [answerFile(receipt), answerFile(receipt)], /不是 Ed25519 公钥/],
  ])('with exit code 2 and no stack: %s', async (_, argsOf, expected) => {
    const { code, output } = await run(argsOf());
    expect(output).toMatch(expected);
    expect(output).not.toMatch(/\n\s+at |沈国强/);
    expect(code).toBe(2);
  });
});

function pemOf(key: typeof rsa): string {
  return key.export({ type: 'spki', format: 'pem' }).toString();
}
