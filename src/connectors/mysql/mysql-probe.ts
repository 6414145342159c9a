import type { ProbeResult } from '../connector.ts';

/** Privileges with which nothing can be changed. */
const harmless = new Set(['USAGE', 'SELECT', 'SHOW VIEW', 'SHOW DATABASES', 'PROCESS']);

/** Of a grant; privileges come first. */
const maxGrantLength = 4000;

/** Asks the server what the account was granted. Read-only sessions are our promise; a read-only account is the department's. */
export async function probeMysql(
  query: (text: string) => Promise<readonly unknown[][]>,
): Promise<ProbeResult> {
  const grants = await query('SHOW GRANTS');
  const harmful = new Set<string>();
  let roles = 0;
  for (const [grant] of grants) {
    const privileges = parsePrivileges(String(grant).slice(0, maxGrantLength));
    if (!privileges) roles++;
    for (const privilege of privileges ?? []) if (!harmless.has(privilege)) harmful.add(privilege);
  }
  const notes = [...harmful].sort().map((privilege) => `granted ${privilege}`);
  if (roles > 0) notes.push(`${roles} roles, whose own grants were not inspected`);
  return { ok: true, canWrite: harmful.size > 0, notes };
}

/** `GRANT SELECT, INSERT (a, b) ON …` → SELECT, INSERT; undefined for a granted role, which names no object. */
function parsePrivileges(grant: string): readonly string[] | undefined {
  const [, list] = /^GRANT (.+?) ON /.exec(grant) ?? [];
  if (list === undefined) return undefined;
  const names = list.replace(/\([^)]*\)/g, '').split(',');
  return names.map((name) => name.trim()).filter((name) => /^[A-Z][A-Z _]{0,40}$/.test(name));
}
