import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import type { Receipt } from './entry.ts';
import { RECEIPT_ALGORITHM } from './receipt.ts';
import { verifyReceipt } from './verify-receipt.ts';

export interface CommandStreams {
  /** Read where no file is named; `isTTY` where a person sits there instead of a pipe. */
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
}

const usage = `用法 Usage:
  npm run verify-receipt -- <应答或回执文件 answer.json> <公钥文件或网址 key file or URL>
  curl … | npm run verify-receipt --silent -- <公钥文件或网址 key file or URL>
应答取 extensions.receipt；公钥见平台的 /receipt-key.pem，应自行保管一份。
Of a whole answer, extensions.receipt is taken. The hub shows its key at /receipt-key.pem; keep a copy of your own.
退出码 Exit codes: 0 有效 valid, 1 无效 not valid, 2 用法有误或无法核验 usage, or nothing that could be checked`;

const helpWords: ReadonlySet<string | undefined> = new Set(['--help', '-h', 'help']);

const keyTimeoutMs = 10_000;
const maxKeyCharacters = 65_536;

/** What could not be read, in words for whoever typed the command. */
class Unreadable extends Error {}

/**
 * The command; resolves with the exit code that `usage` documents and never rejects. Answer, receipt and key are
 * attacker-controlled; nothing of a receipt is shown before its signature was found to fit.
 */
export async function runVerifyReceiptCommand(
  args: readonly string[],
  streams: CommandStreams,
): Promise<number> {
  if (args.length === 1 && helpWords.has(args[0])) {
    streams.out(usage);
    return 0;
  }
  const [answer, key] = args.length === 1 ? ['-', args[0]] : args;
  const isMissing = answer === undefined || key === undefined || (answer === '-' && streams.input.isTTY);
  if (isMissing || args.length > 2 || args.some((argument) => /^--?[a-z]/.test(argument))) {
    streams.err(usage);
    return 2;
  }
  try {
    const publicKey = await readKey(key);
    return report(findReceipt(await readAnswer(answer, streams.input)), publicKey, isUrl(key), streams);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    streams.err(error.message);
    return 2;
  }
}

function report(receipt: Receipt, key: KeyObject, isFetched: boolean, { out }: CommandStreams): number {
  if (!verifyReceipt(receipt, key)) {
    out(`回执无效。 The receipt is NOT valid.\n${whyNot(receipt, key)}`);
    return 1;
  }
  out(describe(receipt, key));
  if (isFetched) out(fetchedKeyWarning);
  return 0;
}

function whyNot(receipt: Receipt, key: KeyObject): string {
  if (receipt.alg !== RECEIPT_ALGORITHM) {
    return `其签名算法不是 ${RECEIPT_ALGORITHM}。 It is not signed by ${RECEIPT_ALGORITHM}.`;
  }
  return `内容被改动过，或不是由这把公钥的持有者签署。 It was altered, or signed by somebody else than the owner of this key.
${keyLine(key)}`;
}

function describe(receipt: Receipt, key: KeyObject): string {
  return `回执有效。 The receipt is valid.
  日志 log        ${printable(receipt.origin)}
  序号 index      ${printable(receipt.index)}
  时间 time       ${printable(receipt.at)}
  副本 replica    ${printable(receipt.replica)}
  事件 event      ${printable(receipt.eventId)}
${keyLine(key)}
证明：该副本签名承诺，这次访问已以上述序号写入该日志；内容与回执不符的记录，其散列必不相同。
不证明：记录至今仍在日志中（见证与日志树的证明尚未提供）；应答中的数据未被改动（回执不含数据）。
It proves that this replica promised, under its signature, that the access is in this log at this index; another record would have
another hash. It does not prove that the record is still there (witnesses and proofs over the log's tree are to come), nor that the
data of the answer is unaltered (the receipt does not cover it).`;
}

const fetchedKeyWarning = `注意：公钥刚从网上取得。请与自行保管的一份核对，否则只说明平台与它自己一致。
Note: the key was fetched just now. Compare it with a copy of your own; otherwise the hub has only agreed with itself.`;

function keyLine(key: KeyObject): string {
  const fingerprint = createHash('sha256').update(key.export({ type: 'spki', format: 'der' }));
  return `  公钥 key        SHA256:${fingerprint.digest('base64')}`;
}

/** A signed member could still hold what a terminal obeys. */
function printable(member: string): string {
  return member.replaceAll(/\p{C}/gu, '\ufffd').slice(0, 200);
}

/** `extensions.receipt` of an answer, or the value itself. */
function findReceipt(value: unknown): Receipt {
  const found = memberOf(memberOf(value, 'extensions'), 'receipt') ?? value;
  if (memberOf(found, 'leafHash') !== undefined && memberOf(found, 'signature') !== undefined) {
    // `verifyReceipt` takes whatever is no receipt for an invalid one.
    return found as Receipt;
  }
  throw new Unreadable(
    '其中没有回执：应是平台的应答（extensions.receipt）或回执本身。\nThere is no receipt in it: expected an answer of the hub (extensions.receipt), or a receipt.',
  );
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

/** JSON's own message would repeat a piece of the answer, which holds residents' data. */
async function readAnswer(file: string, input: NodeJS.ReadableStream): Promise<unknown> {
  const text = file === '-' ? await readAll(input) : await readText(file);
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    const name = file === '-' ? '标准输入 standard input' : file;
    throw new Unreadable(`${name}：不是有效的 JSON。 It is not valid JSON.`);
  }
}

async function readKey(place: string): Promise<KeyObject> {
  const pem = isUrl(place) ? await fetchText(place) : await readText(place);
  const key = parseKey(pem);
  if (key?.asymmetricKeyType === 'ed25519') return key;
  throw new Unreadable(
    `${place}：不是 Ed25519 公钥（PEM）。 It is not an Ed25519 public key in PEM form.\n平台的公钥在 /receipt-key.pem。 The hub shows its key at /receipt-key.pem.`,
  );
}

function parseKey(pem: string): KeyObject | undefined {
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
}

function isUrl(place: string): boolean {
  return /^https?:\/\//i.test(place);
}

async function fetchText(url: string): Promise<string> {
  const refused = (why: string) =>
    new Unreadable(`${url}：无法取得公钥。 The key cannot be fetched: ${why}.`);
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(keyTimeoutMs) });
    if (!response.ok) throw refused(`HTTP ${response.status}`);
    return (await response.text()).slice(0, maxKeyCharacters);
  } catch (error) {
    throw error instanceof Unreadable ? error : refused(codeOf(error) ?? 'no answer');
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Unreadable(`${file}：无法读取。 It cannot be read: ${codeOf(error) ?? 'unknown reason'}.`);
  }
}

/** `fetch` wraps what the socket said. */
function codeOf(error: unknown): string | undefined {
  const code = memberOf(error, 'code') ?? memberOf(memberOf(error, 'cause'), 'code');
  return typeof code === 'string' ? code : undefined;
}
