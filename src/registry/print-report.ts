import type { Agreement } from '../policies/agreement.ts';
import type { ActReport } from './act-log.ts';
import type { Printer } from './operator-command.ts';

export const statusNames: Readonly<Record<Agreement['status'], string>> = {
  ACTIVE: '有效 ACTIVE',
  SUSPENDED: '已暂停 SUSPENDED',
  REVOKED: '已撤销 REVOKED',
};

const changeNames = {
  CREATED: '已新增 created',
  UPDATED: '已更新 updated',
  REMOVED: '已删除 removed',
} as const;

/** What changed, by id, what follows from it, and where it stands in the log. */
export function printReport({ changed, receipt }: ActReport, print: Printer, next: string): void {
  for (const { kind, id, change, version } of changed) {
    print.out(`${changeNames[change]}: ${kind} ${id}${version === undefined ? '' : ` v${version}`}`);
  }
  print.out(changed.length === 0 ? '没有变化，原本就是如此 nothing changed: it was so already' : next);
  print.out(`记录序号 record: ${receipt.index}`);
}
