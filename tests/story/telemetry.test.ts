import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstQuery } from '../../examples/demo-welcome.ts';
import { startHub, type TestHub } from './hub.ts';

/** Everything that a collector of traces is sent. */
async function listenAsCollector() {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      bodies.push(body);
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { bodies, server, url: `http://127.0.0.1:${port}/v1/traces` };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('what the operator measures', () => {
  let hub: TestHub;
  let collector: Awaited<ReturnType<typeof listenAsCollector>>;
  let port: number;
  beforeAll(async () => {
    collector = await listenAsCollector();
    port = await freePort();
    hub = await startHub({
      residents: 60,
      environment: { HUB_METRICS_PORT: String(port), HUB_TRACES_ENDPOINT: collector.url },
    });
  });
  afterAll(() => collector.server.close());

  it('tells of each request and each department, and holds no value, id, client, case or token of it', async () => {
    const citizen = hub.facts.fixed.everywhere.value;
    const { status, text } = await hub.ask({ ...firstQuery(citizen), caseReference: '2026-CASE-77' });
    expect(status).toBe(200);
    await hub.ask({ query: `{ resident(identifier: { value: "${citizen}" }) { name` });
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).toContain('shuqiao_requests_total{kind="access",status="200"} 1');
    expect(metrics).toContain('shuqiao_requests_total{kind="refusal",status="400"} 1');
    expect(metrics).toContain('shuqiao_source_reads_total{source="justice-cases",role="data",outcome="OK"}');
    await hub.close();
    const traces = collector.bodies.join('\n');
    expect(traces).toContain('read police-population');

    const { name } = JSON.parse(text).data.resident;
    for (const told of [metrics, traces]) {
      for (const secret of [citizen, name, 'mediation-center', '2026-CASE-77', 'dispute-mediation']) {
        expect(told).not.toContain(secret);
      }
    }
  });
});

/** One span as a collector is sent it (OTLP, JSON). */
interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly { readonly key: string; readonly value: unknown }[];
  readonly events: readonly unknown[];
  readonly links: readonly unknown[];
  readonly status: { readonly message?: string };
}

describe('whatever becomes of a request', () => {
  it('its spans end, and nothing of what it asked is in any span, event, status or label', async () => {
    const collector = await listenAsCollector();
    const port = await freePort();
    const hub = await startHub({
      residents: 400,
      environment: { HUB_METRICS_PORT: String(port), HUB_TRACES_ENDPOINT: collector.url },
    });
    await hub.app.listen();
    const citizen = hub.facts.fixed.everywhere.value;
    const street = { client: 'street-platform' };
    const secrets = new Set<string>();
    const find = `query Find${citizen}($where: ResidentFilter, $after: String) {
      r${citizen}: searchResidents(where: $where, first: 2, after: $after) {
        totalCount pageInfo { endCursor } nodes { id police { divisionCode name } } } }`;
    const where = { divisionCode: { prefix: '3301060020' }, sex: { eq: 'FEMALE' } };

    const found = await hub.ask({ ...street, query: find, variables: { where } });
    const page = found.body.data[`r${citizen}`];
    secrets.add(page.pageInfo.endCursor);
    for (const { id } of page.nodes) secrets.add(id);
    await hub.ask({ ...street, query: find, variables: { where, after: page.pageInfo.endCursor } });
    await hub.ask({ ...street, query: find, variables: { where, after: citizen } });
    await hub.ask({ ...street, query: find, variables: { where: { name: { eq: citizen } } } });
    await hub.ask({ ...street, query: find, variables: { where: { name: {} } } });
    await hub.ask({ ...firstQuery(citizen), headers: { authorization: `Bearer ${citizen}.a.b` } });
    await hub.ask({ ...firstQuery(citizen), purpose: citizen });
    await hub.ask({ url: `/services/c${citizen}`, payload: { identifier: { value: citizen } } });
    await hub.ask({ query: `{ resident(identifier: { value: "${citizen}" }) { name${citizen} } }` });
    await hub.departments.police.inject({ kind: 'refuse' });
    await hub.ask({ ...firstQuery(citizen) });
    await hub.departments.police.recover();
    await hub.departments['civil-affairs'].inject({ kind: 'hang' });
    await leaveEarly(hub, firstQuery(citizen));
    await hub.departments['civil-affairs'].recover();
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    await hub.close();
    collector.server.close();

    const spans = collector.bodies.flatMap(spansOf);
    for (const { name } of spans) expect(name).toMatch(/^(request|plan|fetch|execute|record|read [a-z-]+)$/);
    const ids = new Set(spans.map(({ spanId }) => spanId));
    const roots = spans.filter(({ name }) => name === 'request');
    // Every request that was sent has its own, and no span lost the one that it belongs to.
    expect(roots).toHaveLength(11);
    for (const { parentSpanId, name } of spans) {
      if (name !== 'request') expect(ids).toContain(parentSpanId);
    }
    for (const { traceId } of roots) {
      const names = spans.filter((span) => span.traceId === traceId).map(({ name }) => name);
      expect(names).toContain('record');
    }
    expect(spans.flatMap(({ events, links }) => [...events, ...links])).toEqual([]);
    const keys = new Set(spans.flatMap(({ attributes }) => attributes.map(({ key }) => key)));
    expect([...keys].toSorted()).toEqual([
      'http.response.status_code',
      'shuqiao.columns',
      'shuqiao.entity',
      'shuqiao.errors',
      'shuqiao.keys',
      'shuqiao.kind',
      'shuqiao.operation',
      'shuqiao.outcome',
      'shuqiao.role',
      'shuqiao.source',
    ]);
    for (const told of [metrics, ...collector.bodies]) {
      for (const secret of [citizen, '3301060020', 'FEMALE', 'street-platform', 'grassroots', ...secrets]) {
        expect(told).not.toContain(secret);
      }
    }
  });
});

function spansOf(body: string): readonly SentSpan[] {
  const { resourceSpans } = JSON.parse(body);
  return resourceSpans.flatMap(({ scopeSpans }: { scopeSpans: { spans: SentSpan[] }[] }) =>
    scopeSpans.flatMap(({ spans }) => spans),
  );
}

/** Sends a request whose department hangs, and hangs up itself. */
async function leaveEarly(hub: TestHub, ask: { query: string; variables?: unknown }): Promise<void> {
  const { address, port } = hub.app.fastify.server.address() as AddressInfo;
  const token = await hub.token({ client: 'mediation-center' });
  const leaving = AbortSignal.timeout(300);
  await expect(
    fetch(`http://${address}:${port}/graphql`, {
      method: 'POST',
      signal: leaving,
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${token}`,
        'shuqiao-purpose': 'dispute-mediation',
        'shuqiao-case': '2026-TJ-0001',
      },
      body: JSON.stringify(ask),
    }),
  ).rejects.toThrow();
}
