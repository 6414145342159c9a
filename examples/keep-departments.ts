import type { DepartmentProcesses, DepartmentSource } from './start-departments.ts';

/** Long enough to see what an answer is without the department. */
const awayMs = 10_000;
/** One that ends as often as this is left alone. */
const maxRestarts = 5;

/** Says that a demo department is gone, and starts it again after a while. `say` gets the lines; `isClosing` ends it. */
export function createDepartmentKeeper(of: {
  readonly departments: () => DepartmentProcesses | undefined;
  readonly isClosing: () => boolean;
  readonly say: (line: string) => void;
  readonly awayMs?: number;
}): (name: DepartmentSource) => void {
  const restarts = new Map<DepartmentSource, number>();
  return (name) => {
    if (of.isClosing()) return;
    const count = (restarts.get(name) ?? 0) + 1;
    restarts.set(name, count);
    of.say(
      `示例部门 ${name} 的进程已结束，它的数据项答复 SOURCE_UNAVAILABLE。 The demo department ${name} is gone: its fields are SOURCE_UNAVAILABLE.`,
    );
    if (count > maxRestarts) {
      of.say(
        '它已多次结束，不再重启；请重新运行 npm start。 It ended too often to be started again: run npm start anew.',
      );
      return;
    }
    const ms = of.awayMs ?? awayMs;
    of.say(`${ms / 1000} 秒后重新启动。 It starts again in ${ms / 1000} s.`);
    setTimeout(() => void startAgain(of, name), ms).unref();
  };
}

async function startAgain(
  { departments, isClosing, say }: Parameters<typeof createDepartmentKeeper>[0],
  name: DepartmentSource,
): Promise<void> {
  if (isClosing()) return;
  try {
    await departments()?.restart(name);
    say(`示例部门 ${name} 已重新启动。 The demo department ${name} is back.`);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
}
