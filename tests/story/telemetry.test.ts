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
