import { describe, expect, it } from 'vitest';
import { createDepartmentKeeper } from '../../examples/keep-departments.ts';
import type { DepartmentProcesses } from '../../examples/start-departments.ts';

function keeper(of: { isClosing?: boolean; restart?: () => Promise<void> } = {}) {
  const said: string[] = [];
  const restarted: string[] = [];
  const restart = async (name: string) => {
    restarted.push(name);
    await of.restart?.();
  };
  const onLost = createDepartmentKeeper({
    // Nothing else of it is asked.
    departments: () => ({ restart }) as unknown as DepartmentProcesses,
    isClosing: () => of.isClosing === true,
    say: (line) => said.push(line),
    awayMs: 1,
  });
  return { onLost, said, restarted };
}

describe('a demo department that is killed', () => {
  it('is told with what its fields answer, and started again', async () => {
    const { onLost, said, restarted } = keeper();
    onLost('police-population');
    expect(said[0]).toMatch(/police-population[\s\S]*SOURCE_UNAVAILABLE/);
    await expect.poll(() => said.at(-1)).toMatch(/police-population is back/);
    expect(restarted).toEqual(['police-population']);
  });

  it('is left alone when it ends again and again', async () => {
    const { onLost, said, restarted } = keeper();
    for (let count = 1; count <= 6; count++) onLost('justice-cases');
    await expect.poll(() => restarted.length).toBe(5);
    expect(said.join()).toContain('run npm start anew');
  });

  it('that does not start again is told with its reason', async () => {
    const { onLost, said } = keeper({ restart: () => Promise.reject(new Error('the port is taken')) });
    onLost('justice-cases');
    await expect.poll(() => said.at(-1)).toBe('the port is taken');
  });

  it('says nothing while all of it is being stopped', () => {
    const { onLost, said } = keeper({ isClosing: true });
    onLost('police-population');
    expect(said).toEqual([]);
  });
});
