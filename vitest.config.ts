import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';

/** As Node resolves it: Vite would take graphql's ES module for our files and Node its CommonJS for packages, two realms. */
const graphql = createRequire(import.meta.url).resolve('graphql');

export default defineConfig({
  resolve: { alias: [{ find: /^graphql$/, replacement: graphql }] },
  test: {
    include: ['tests/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
