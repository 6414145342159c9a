import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DurabilityDemands } from '../../src/audit/durability.ts';
import { sealEntry } from '../../src/audit/seal-entry.ts';
import { createPgAuditStore, type PgAuditStore } from '../../src/audit/store-pg.ts';
import { HubError } from '../../src/errors.ts';
import { describeError } from '../../src/logger.ts';
import { type Cluster, serverPrograms, startCluster } from '../support/postgres-cluster.ts';
import { entriesOf, entryOf, migration, openLog } from './support.ts';

const log = { origin: 'hub.example/log', replica: 'r1' };
const sealed = (count: number) => entriesOf(count).map((entry) => sealEntry(entry, log));
const production: DurabilityDemands = { powerCut: true, standby: true };

describe.skipIf(serverPrograms === undefined)(
  'what the log’s server must give before it gets a record',
  () => {
    let primary: Cluster;
    let standby: Cluster | undefined;
    const stores: PgAuditStore[] = [];
    beforeAll(async () => {
      primary = await startCluster();
      await primary.sql(migration);
      await primary.sql('CREATE ROLE hub LOGIN; GRANT shuqiao_audit_writer TO hub');
    });
    beforeEach(async () => {
      await primary.set('synchronous_standby_names', '');
      await primary.set('fsync', 'on');
      await primary.sql('REVOKE pg_monitor FROM hub');
    });
    afterAll(async () => {
      await Promise.all(stores.map((store) => store.close()));
      await standby?.remove();
      await primary?.remove();
    });

    /** As the hub opens it: its own login, and the writer's role on each connection. */
    function open(demands: DurabilityDemands, options: { everyMs?: number } = {}): PgAuditStore {
      const store = createPgAuditStore({
        createPool: (settings) => new pg.Pool({ ...settings, connectionString: primary.url('hub') }),
        role: 'shuqiao_audit_writer',
        durability: { demands, ...options },
      });
      stores.push(store);
      return store;
    }

    /** What the operator reads of a refused append. */
    async function refusalOf(append: Promise<unknown>): Promise<string> {
      const error: unknown = await append.then(
        () => undefined,
        (cause: unknown) => cause,
      );
      if (!(error instanceof HubError)) throw new TypeError('the record was taken');
      expect(error.code).toBe('AUDIT_UNAVAILABLE');
      // Callers are told nothing of it.
      expect(error.message).not.toMatch(/standby|fsync|GRANT/);
      return JSON.stringify(describeError(error));
    }

    it('a server without a standby is refused, and taken where that is given up', async () => {
      const refusal = await refusalOf(open(production).append(sealed(1)));
      expect(refusal).toContain('synchronous_standby_names is empty');
      expect(refusal).toContain('HUB_SYNCHRONOUS_STANDBY=waived');
      expect(await open({ powerCut: true, standby: false }).append(sealed(1))).toHaveLength(1);
    });

    it('an account that cannot see who is attached is refused, and told what to grant', async () => {
      await primary.set('synchronous_standby_names', '*');
      const grant = 'GRANT pg_monitor TO hub;';
      expect(await refusalOf(open(production).append(sealed(1)))).toContain(grant);
      const { hasSynchronousStandby, weaknesses } = await open(production).durability();
      expect(hasSynchronousStandby).toBe(false);
      expect(weaknesses).toEqual([
        { zh: expect.stringContaining(grant), en: expect.stringContaining(grant) },
      ]);
    });

    it('one that may see it, under whatever role it writes, is told that none is attached', async () => {
      await primary.sql('GRANT pg_monitor TO hub');
      await primary.set('synchronous_standby_names', '*');
      expect(await refusalOf(open(production).append(sealed(1)))).toContain(
        'No synchronous standby is attached',
      );
    });

    it('with one attached records are taken, until it is no longer asked for or gone', async () => {
      await primary.sql('GRANT pg_monitor TO hub');
      standby = await primary.startStandby();
      await primary.set('synchronous_standby_names', 'standby');
      const isSynchronous = "SELECT pid FROM pg_stat_replication WHERE sync_state = 'sync'";
      while ((await primary.sql(isSynchronous)).length === 0);
      const store = open(production, { everyMs: 0 });
      expect((await store.durability()).weaknesses).toEqual([]);
      const [first] = await store.append(sealed(1));
      const copied = await standby.sql('SELECT count(*) AS count FROM audit.record');
      expect(Number(copied[0]?.['count'])).toBe(Number(first) + 1);

      // As a cluster's manager does when the standby is lost: commits go on, on one server.
      await primary.set('synchronous_standby_names', '');
      expect(await refusalOf(store.append(sealed(1)))).toContain('synchronous_standby_names is empty');
      await primary.set('synchronous_standby_names', 'standby');
      expect(await store.append(sealed(1))).toHaveLength(1);

      await standby.stop();
      while ((await primary.sql('SELECT pid FROM pg_stat_replication')).length > 0);
      expect(await refusalOf(store.append(sealed(1)))).toContain('No synchronous standby is attached');
    });

    it('is asked on each new connection, and again when the last look is old', async () => {
      const demands = { powerCut: true, standby: false };
      const rarely = open(demands, { everyMs: 3_600_000 });
      await rarely.append(sealed(1));
      const often = open(demands, { everyMs: 0 });
      await often.append(sealed(1));
      await primary.set('fsync', 'off');
      expect(await refusalOf(often.append(sealed(1)))).toContain('fsync is off');
      expect(await rarely.append(sealed(1))).toHaveLength(1);
      await primary.sql(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'shuqiao-audit'`,
      );
      await rarely.append(sealed(1)).catch(() => {});
      expect(await refusalOf(rarely.append(sealed(1)))).toContain('fsync is off');
    });

    it('gives no receipt meanwhile, and goes on by itself when it is there again', async () => {
      const store = open({ powerCut: true, standby: false }, { everyMs: 0 });
      const auditLog = openLog(store, {
        limits: { deadlineMs: 200, retryMs: 5, maxRetryMs: 20, staleAfterMs: 50 },
      });
      await primary.set('fsync', 'off');
      await expect(auditLog.append(entryOf())).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
      expect(() => auditLog.admit()).toThrow(expect.objectContaining({ code: 'AUDIT_UNAVAILABLE' }));
      await primary.set('fsync', 'on');
      while (auditLog.state().queued > 0) await new Promise((resolve) => setTimeout(resolve, 10));
      expect(await auditLog.append(entryOf())).toMatchObject({ origin: log.origin });
      await auditLog.close();
    });
  },
);
