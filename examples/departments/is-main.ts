import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Was this module named on the command line, and not imported? */
export function isMain(moduleUrl: string): boolean {
  const [, script] = process.argv;
  return script !== undefined && safeRealPath(script) === fileURLToPath(moduleUrl);
}

function safeRealPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
