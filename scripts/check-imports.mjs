/**
 * Checks the import rules of `.dependency-cruiser.cjs` over the project in the working directory.
 *
 * A cruiser that cannot read TypeScript finds no modules and so no faults; therefore every file of `src/` must be among
 * the modules that were read, and a minimum of them must be there at all. `--json` prints the findings as JSON.
 */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, sep } from 'node:path';
import { cruise } from 'dependency-cruiser';

const minimumModules = 5;
const folders = ['src', 'tests', 'examples', 'bench', 'scripts'];

const report = await checkImports(process.cwd());
if (process.argv.includes('--json')) console.log(JSON.stringify(report));
else printReport(report);
process.exitCode = report.faults.length === 0 ? 0 : 1;

async function checkImports(root) {
  const { forbidden, options } = createRequire(import.meta.url)('../.dependency-cruiser.cjs');
  const present = folders.filter((folder) => listFiles(root, folder).length > 0);
  const { output } = await cruise(present, {
    ...options,
    baseDir: root,
    validate: true,
    ruleSet: { forbidden },
  });
  const read = new Set(
    output.modules.filter((module) => !module.couldNotResolve).map(({ source }) => source),
  );
  const files = listFiles(root, 'src');
  return {
    modules: files.filter((file) => read.has(file)).length,
    faults: [
      ...unreadFaults(files, read),
      ...barrelFaults(files),
      ...ruleFaults(output.summary.violations, forbidden),
    ],
  };
}

function unreadFaults(files, read) {
  const unread = files
    .filter((file) => !read.has(file))
    .map((file) => ({
      rule: 'not-read',
      from: file,
      to: '',
      why: 'dependency-cruiser did not read this file',
    }));
  if (files.length >= minimumModules) return unread;
  const why = `${files.length} modules in src/, at least ${minimumModules} expected: were they read at all?`;
  return [...unread, { rule: 'too-few-modules', from: 'src', to: '', why }];
}

function barrelFaults(files) {
  const why = "no index.ts in src/: a folder's public file has the folder's noun";
  return files
    .filter((file) => /\/index\.[^/]+$/.test(file) && !file.startsWith('src/generated/'))
    .map((file) => ({ rule: 'no-barrel', from: file, to: '', why }));
}

function ruleFaults(violations, rules) {
  const reasons = new Map(rules.map(({ name, comment }) => [name, comment]));
  return violations.map(({ rule, from, to, cycle }) => ({
    rule: rule.name,
    from,
    to: cycle ? cycle.map(({ name }) => name).join(' → ') : to,
    why: reasons.get(rule.name),
  }));
}

/** The project's own modules under a folder, relative to the root, without what the Prisma generator wrote. */
function listFiles(root, folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.([cm]?ts|tsx|mjs)$/.test(entry.name))
    .map((entry) =>
      relative(root, join(entry.parentPath ?? entry.path, entry.name))
        .split(sep)
        .join('/'),
    )
    .filter((file) => !file.startsWith('src/generated/prisma/'));
}

function printReport({ modules, faults }) {
  for (const { rule, from, to, why } of faults) {
    console.log(to === '' || to === from ? `${from}: ${rule}` : `${from} → ${to}: ${rule}`);
    console.log(`    ${why}`);
  }
  console.log(`import rules: ${modules} modules of src/ read, ${faults.length} faults`);
}
