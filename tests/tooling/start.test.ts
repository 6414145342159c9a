import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProject, gone, type Running, type ThrowawayProject } from './throwaway-project.ts';

/** A hub of one slow request and one department: it finishes the request before it ends. */
const demo = `
import { fork } from 'node:child_process';
const department = fork(new URL('department.mjs', import.meta.url));
const busy = setInterval(() => {}, 1000);
const stubborn: boolean = process.argv.includes('--stubborn');
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    console.log('asked to stop by ' + signal);
    if (stubborn) return;
    setTimeout(() => {
      department.kill();
      clearInterval(busy);
      console.log('drained');
    }, 100);
  });
}
department.once('message', () => console.log('ready ' + process.pid + ' ' + department.pid + ' ' + process.ppid));
`;
const department = `process.send('up'); setInterval(() => {}, 1000); process.on('SIGINT', () => {});`;

describe('npm start', () => {
  let project: ThrowawayProject;
  beforeAll(async () => {
    project = await createProject({
      'examples/demo.ts': demo,
      'examples/department.mjs': department,
      'codegen.ts': '',
      'scripts/prisma-generate.mjs': '',
    });
  });
  afterAll(() => project.remove());

  async function startDemo(...args: string[]): Promise<{ run: Running; pids: number[]; script: number }> {
    const run = project.start('npm', ['start', '--', ...args]);
    const [, demoPid, departmentPid, script] = await run.printed(/ready (\d+) (\d+) (\d+)/);
    return { run, pids: [demoPid, departmentPid, script].map(Number), script: Number(script) };
  }

  it('ends with code 0 after one Ctrl-C, once what runs is done', async () => {
    const { run, pids } = await startDemo();
    process.kill(-(run.process.pid ?? 0), 'SIGINT');
    expect(await run.ended).toBe(0);
    expect(run.output().match(/asked to stop by SIGINT|drained/g)).toEqual([
      'asked to stop by SIGINT',
      'drained',
    ]);
    await gone(pids);
  });

  it('leaves nothing behind when npm alone is told to stop', async () => {
    const { run, pids } = await startDemo();
    run.process.kill('SIGTERM');
    await gone(pids);
    expect(run.output()).toMatch(/asked to stop by SIGTERM\s+drained/);
    await run.ended;
  });

  it('leaves nothing behind when npm is killed', async () => {
    const { run, pids } = await startDemo();
    run.process.kill('SIGKILL');
    await gone(pids);
    expect(run.output()).toContain('drained');
  });

  it('leaves nothing behind when the starting script is killed', async () => {
    const { run, pids, script } = await startDemo();
    process.kill(script, 'SIGKILL');
    await gone(pids);
    expect(run.output()).toContain('drained');
  });

  it('ends at once after a second Ctrl-C', async () => {
    const { run, pids } = await startDemo('--stubborn');
    const again = setInterval(() => process.kill(-(run.process.pid ?? 0), 'SIGINT'), 300);
    expect(await run.ended).not.toBe(0);
    clearInterval(again);
    await gone(pids);
    expect(run.output().match(/asked to stop/g)).toHaveLength(1);
  });
});

it('npm start names the part that a clone lacks', async () => {
  const project = await createProject({ 'codegen.ts': '', 'scripts/prisma-generate.mjs': '' });
  const run = project.start('npm', ['start']);
  expect(await run.ended).toBe(1);
  expect(run.output()).toContain('examples/demo.ts is missing');
  await project.remove();
});

it('npm start stops with the words of the generator that fails', async () => {
  const project = await createProject({
    'scripts/prisma-generate.mjs': 'console.error("line 7 of the schema"); process.exit(3);',
  });
  const run = project.start('npm', ['start']);
  expect(await run.ended).toBe(1);
  expect(run.output()).toContain('line 7 of the schema');
  expect(run.output()).toContain('scripts/prisma-generate.mjs failed with exit code 3');
  await project.remove();
});
