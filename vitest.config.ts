import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';

/** As Node resolves it: Vite would take graphql's ES module for our files and Node its CommonJS for packages, two realms. */
const graphql = createRequire(import.meta.url).resolve('graphql');

/**
 * What no file leaves behind for the next: no global is changed, nothing is started that is not stopped. These share the loaded
 * modules of their worker, which saves a third of their time: loading a whole hub costs three seconds a file. A folder that is not named here starts each file afresh.
 */
const shared = [
  ...['answer', 'contract-files', 'docs', 'explain', 'fetch', 'mask', 'plan', 'policies', 'registry'],
  ...['request', 'resident', 'services', 'story'],
];
const sharing = shared.map((folder) => `tests/${folder}/**/*.test.ts`);

const resolve = { alias: [{ find: /^graphql$/, replacement: graphql }] };
const patience = { testTimeout: 60_000, hookTimeout: 120_000 };
const every = ['tests/**/*.test.ts'];

export default defineConfig({
  test: {
    // Of all projects together; `extends` would put it before what the command line asks for.
    maxWorkers: 2,
    projects: [
      { resolve, test: { ...patience, name: 'apart', include: every, exclude: sharing } },
      { resolve, test: { ...patience, name: 'together', include: sharing, isolate: false } },
    ],
  },
});
