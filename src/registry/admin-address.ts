import { createHmac, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HubError } from '../errors.ts';

/** Where a running hub listens for the commands of its own operator, and the key that proves it is one. */
export interface AdminAddress {
  readonly url: string;
  readonly key: string;
}

export function adminFile(dataDir: string): string {
  return join(dataDir, 'admin.json');
}

/** What only the hub that wrote the file can answer to a nonce. */
export function proofOf(key: string, nonce: string): string {
  return createHmac('sha256', key).update(`shuqiao admin ${nonce}`).digest('hex');
}

/** The running hub of this data directory, after it has proved to be the one. Rejects with CONFIG_INVALID if there is none. */
export async function findHub(dataDir: string): Promise<AdminAddress> {
  const address = await readAddress(dataDir);
  const nonce = randomBytes(16).toString('hex');
  const proof = await askForProof(address, nonce);
  if (proof === proofOf(address.key, nonce)) return address;
  throw notRunning(dataDir);
}

async function readAddress(dataDir: string): Promise<AdminAddress> {
  try {
    const { url, key }: { url?: unknown; key?: unknown } = JSON.parse(
      await readFile(adminFile(dataDir), 'utf8'),
    );
    if (typeof url === 'string' && typeof key === 'string') return { url, key };
  } catch (cause) {
    throw notRunning(dataDir, cause);
  }
  throw notRunning(dataDir);
}

/** Undefined where nobody answers, or somebody else. */
async function askForProof({ url }: AdminAddress, nonce: string): Promise<unknown> {
  try {
    const response = await fetch(new URL(`/proof?nonce=${nonce}`, url), { redirect: 'error' });
    const { proof }: { proof?: unknown } = Object(await response.json());
    return proof;
  } catch {
    return undefined;
  }
}

function notRunning(dataDir: string, cause?: unknown): HubError {
  return new HubError('CONFIG_INVALID', {
    hint: `No hub is running on ${dataDir}. Start it first, or name its folder with HUB_DATA_DIR.`,
    hintZh: `没有平台在 ${dataDir} 上运行，请先启动，或用 HUB_DATA_DIR 指明其数据目录。`,
    cause,
  });
}
