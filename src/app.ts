import type { FastifyInstance } from 'fastify';
import { administer } from './app/administer.ts';
import { createClosers } from './app/closers.ts';
import { type AppOverrides, layFoundation } from './app/lay-foundation.ts';
import { listenAll } from './app/listen-all.ts';
import { openAudit } from './app/open-audit.ts';
import { openPolicy } from './app/open-policy.ts';
import { openSources } from './app/open-sources.ts';
import { serve } from './app/serve.ts';
import type { AuditLog } from './audit/log.ts';
import type { Config } from './config.ts';
import type { HubGateway } from './gateway.ts';
import type { Administration } from './registry/administration.ts';
import type { Storage } from './storage/storage.ts';

export type { AppOverrides };

/** A hub that is composed and not yet listening. */
export interface App {
  readonly fastify: FastifyInstance;
  readonly gateway: HubGateway;
  readonly administration: Administration;
  readonly storage: Storage;
  readonly log: AuditLog;
  /** Warnings for the operator's eyes at the start. */
  readonly warnings: readonly string[];
  /** Resolves with the URL that is served. */
  listen(): Promise<string>;
  /** Finishes requests in flight, writes what is queued, closes everything. Idempotent. */
  close(): Promise<void>;
}

export async function createApp(config: Config, overrides: AppOverrides = {}): Promise<App> {
  const closers = createClosers();
  try {
    const foundation = await layFoundation(config, overrides, closers);
    const audit = await openAudit(foundation, closers);
    const policy = await openPolicy(foundation, audit, closers);
    const connectors = await openSources(foundation, closers);
    const administration = administer(foundation, audit.log, policy, connectors);
    const server = await serve(foundation, audit, policy, connectors, closers);
    const listen = async () => {
      const url = await listenAll(foundation, server.fastify, administration, closers);
      // Only warns, so nobody waits for it.
      void connectors.probe(AbortSignal.timeout(5_000));
      return url;
    };
    const close = () => {
      server.shut();
      return closers.close();
    };
    return {
      fastify: server.fastify,
      gateway: server.gateway,
      administration,
      storage: foundation.storage,
      log: audit.log,
      warnings: audit.warnings,
      listen,
      close,
    };
  } catch (error) {
    await closers.close();
    throw error;
  }
}
