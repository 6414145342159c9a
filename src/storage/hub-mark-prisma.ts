import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HubError } from '../errors.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { ensureDataDir } from './data-dir.ts';

/** Live residents and synthetic ones never meet: not in one data directory, not in one database. */
export type HubKind = 'LIVE' | 'SANDBOX';

const fileName = 'hub.kind';

/**
 * Makes the data directory one of this kind of hub for good; before anything else is written there. Throws `CONFIG_INVALID` where it is of
 * the other kind. One that was used before there were marks is of a live hub.
 */
export function claimDataDir(dataDir: string, kind: HubKind): void {
  ensureDataDir(dataDir);
  const path = join(dataDir, fileName);
  if (!existsSync(path)) {
    const isUsed = existsSync(join(dataDir, 'keys.json'));
    writeNew(path, isUsed ? 'LIVE' : kind);
  }
  refuseOther(readFileSync(path, 'utf8').trim(), kind, {
    zh: `数据目录 ${dataDir}（HUB_DATA_DIR）`,
    en: `The data directory ${dataDir} (HUB_DATA_DIR)`,
  });
}

/** The same for the hub's own database, wherever it is. Replicas may call it at once. */
export async function claimDatabase(prisma: PrismaClient, kind: HubKind): Promise<void> {
  await prisma.hubMark.createMany({ data: [{ id: 1, kind }], skipDuplicates: true });
  const mark = await prisma.hubMark.findUnique({ where: { id: 1 } });
  refuseOther(mark?.kind, kind, {
    zh: '数据库（DATABASE_URL 或数据目录）',
    en: 'The database (DATABASE_URL, or in the data directory)',
  });
}

/** Complete from its first moment; another process may be faster. */
function writeNew(path: string, kind: HubKind): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${kind}\n`, { mode: 0o600 });
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!existsSync(path)) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function refuseOther(
  found: string | undefined,
  kind: HubKind,
  place: { readonly zh: string; readonly en: string },
): void {
  if (found === kind) return;
  const [zh, en] = kind === 'SANDBOX' ? ['正式平台', 'a live hub'] : ['沙箱', 'a sandbox'];
  throw new HubError('CONFIG_INVALID', {
    hintZh: `${place.zh}属于${zh}，不能混用，请另选一处。`,
    hint: `${place.en} belongs to ${en}, and the two never mix: choose another.`,
  });
}
