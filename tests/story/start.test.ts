import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEmptyDir } from '../support/test-storage.ts';
import { gone, type Running, root, startIn } from '../tooling/throwaway-project.ts';
import { parseAnswer } from './hub.ts';

const run = promisify(execFile);

describe.skipIf(process.platform === 'win32')('npm start, as a newcomer runs it', () => {
  let dataDir: string;
  let hub: Running;
  beforeAll(async () => {
    dataDir = createEmptyDir();
    const environment = { HUB_DATA_DIR: dataDir, PORT: '0' };
    hub = startIn(root, process.execPath, ['scripts/start.mjs', '--residents', '200'], environment);
    await hub.printed(/Ctrl-C 停止 to stop\n/);
  });
  afterAll(async () => {
    if (hub.process.exitCode === null) hub.process.kill('SIGTERM');
    await hub.ended;
    await rm(dataDir, { recursive: true, force: true });
  });

  const printed = (pattern: RegExp) => pattern.exec(hub.output())?.[0] ?? '';

  it('prints an address that is ready, a token, and a command that answers when it is pasted', async () => {
    const ready = printed(/http:\/\/\S+\/readyz/);
    expect(await (await fetch(ready)).json()).toEqual({ status: 'ready' });
    const token = printed(/^ey[\w-]+\.[\w-]+\.[\w-]+$/m);
    const curl = printed(/^curl [\s\S]*?'$(?=\n\n)/m);
    expect(curl).toContain(`Bearer ${token}`);
    const from = performance.now();
    const { stdout } = await run('sh', ['-c', curl]);
    const tookMs = performance.now() - from;
    const { data, errors, extensions } = JSON.parse(stdout);
    // Clear, masked, denied with its reason, and the receipt of the record.
    expect(data.resident).toMatchObject({
      name: '沈国强',
      police: { citizenId: '330106********9057', watchFlag: null },
    });
    const denied = errors.find(({ extensions: { coordinate } }: Failed) => /watchFlag$/.test(coordinate));
    expect(denied.extensions).toMatchObject({ code: 'FIELD_DENIED', rule: expect.any(String) });
    expect(extensions.receipt).toMatchObject({
      index: expect.stringMatching(/^\d+$/),
      signature: expect.any(String),
    });
    console.info(`the pasted command took ${Math.round(tookMs)} ms`);
  });

  it('finishes what is in flight after one Ctrl-C, ends with 0, and leaves no department behind', async () => {
    const departments = await findDepartments(hub.process.pid ?? 0);
    expect(departments).toHaveLength(4);
    const { hostname, port } = new URL(printed(/http:\/\/\S+\/graphql/));
    const token = printed(/^ey[\w-]+\.[\w-]+\.[\w-]+$/m);
    const body = JSON.stringify({
      query: '{ resident(identifier: { value: "330106198003159057" }) { name } }',
    });
    const socket = connect(Number(port), hostname).setEncoding('utf8');
    let answer = '';
    socket.on('data', (text: string) => {
      answer += text;
    });
    await once(socket, 'connect');
    const headers = [
      'POST /graphql HTTP/1.1',
      `host: ${hostname}`,
      'content-type: application/json',
      `authorization: Bearer ${token}`,
      'shuqiao-purpose: dispute-mediation',
      'shuqiao-case: 2026-TJ-0001',
      `content-length: ${Buffer.byteLength(body)}`,
    ];
    socket.write(`${headers.join('\r\n')}\r\n\r\n${body.slice(0, 20)}`);
    // Another request shows that this one has been let in.
    await fetch(printed(/http:\/\/\S+\/readyz/));
    process.kill(-(hub.process.pid ?? 0), 'SIGINT');
    await hub.printed(/Stopping …/);
    socket.write(body.slice(20));
    await once(socket, 'close');
    const [head = '', payload = ''] = answer.split('\r\n\r\n');
    const { status, body: answered } = parseAnswer({ statusCode: statusOf(head), headers: {}, payload });
    expect([status, answered.data]).toEqual([200, { resident: { name: '沈国强' } }]);
    expect(answered.extensions.receipt).toBeDefined();
    expect(await hub.ended).toBe(0);
    await gone(departments);
  });
});

interface Failed {
  readonly extensions: { readonly coordinate: string };
}

function statusOf(head: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
}

/** Process ids of the departments that this process, or one that it started, has started. */
async function findDepartments(ancestor: number): Promise<readonly number[]> {
  const { stdout } = await run('ps', ['-eo', 'pid=,ppid=,args=']);
  const processes = stdout.split('\n').flatMap((line) => {
    const [, pid, parent, args = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid ? [{ pid: Number(pid), parent: Number(parent), args }] : [];
  });
  const below = new Set([ancestor]);
  for (let size = 0; size < below.size; ) {
    size = below.size;
    for (const { pid, parent } of processes) if (below.has(parent)) below.add(pid);
  }
  return processes
    .filter(({ pid, args }) => below.has(pid) && /examples\/departments\//.test(args))
    .map(({ pid }) => pid);
}
