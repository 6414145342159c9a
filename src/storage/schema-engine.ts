import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { bindMigrationAwareSqlAdapterFactory, type SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';

export type SchemaEngine = bindings.SchemaEngine;

/** Every call of the engine asks for it: no table of ours is managed by anybody else. */
export const noFilters = { externalTables: [], externalEnums: [] };

/** One connection to a database: all that is said to it is said in order, and nobody else uses it meanwhile. */
export interface MigrationSession {
  /** Prisma's adapter over that connection; its `executeScript` is never used. */
  readonly adapter: SqlDriverAdapter;
  /** Runs a whole script on that connection, `$$` bodies included, and resolves when it has run. */
  exec(script: string): Promise<void>;
}

/**
 * Prisma's schema engine as WebAssembly. It downloads nothing (the Prisma CLI would fetch a binary, which fails on closed
 * networks) and uses the session alone, which the caller opened and closes.
 *
 * The adapters' own `executeScript` is replaced: adapter-pg splits scripts at `;`, pglite-prisma-adapter does not wait
 * for them and so reports a failing migration as applied.
 */
export async function createSchemaEngine(session: MigrationSession): Promise<SchemaEngine> {
  loaded ??= loadBindings();
  await loaded;
  const own = { executeScript: (script: string) => session.exec(script), dispose: async () => {} };
  // Object.create is typed `any`; the prototype makes it what the adapter is.
  const adapter = Object.assign(Object.create(session.adapter) as SqlDriverAdapter, own);
  const factory = {
    provider: adapter.provider,
    adapterName: adapter.adapterName,
    connect: async () => adapter,
    connectToShadowDb: async () => {
      throw new TypeError('The schema engine asked for a shadow database, which no call of ours needs.');
    },
  };
  const options = { datamodels: undefined };
  return bindings.SchemaEngine.new(options, () => {}, bindMigrationAwareSqlAdapterFactory(factory));
}

// The one function that is used of what lib.dom declares, which a server does not load.
declare const WebAssembly: {
  instantiate(
    bytes: Uint8Array,
    imports: object,
  ): Promise<{ instance: { exports: Record<string, unknown> } }>;
};

let loaded: Promise<void> | undefined;

/** The package's own entry imports the .wasm as a module, which Node 20 cannot. */
async function loadBindings(): Promise<void> {
  const script = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const bytes = await readFile(script.replace(/\.js$/, '.wasm'));
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': bindings });
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: () => {} } });
  bindings.__wbg_set_wasm(instance.exports);
  const start = instance.exports['__wbindgen_start'];
  if (typeof start !== 'function') throw new TypeError('The schema engine module has no start function.');
  start();
}
