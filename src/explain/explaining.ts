import type { Caller } from '../identity/subject.ts';
import type { Asker } from '../plan/supported-decision.ts';
import type { Agreement, Purpose } from '../policies/agreement.ts';

/** Who asks for an explanation, of what policy, when. All of it belongs to one snapshot. */
export interface Explaining extends Asker {
  readonly caller: Caller;
  /** Everybody's; explanations look at the caller's own alone. */
  readonly agreements: readonly Agreement[];
  readonly purposes: ReadonlyMap<string, Purpose>;
  /** Ms. */
  readonly now: number;
}

/**
 * The agreements that name this client, in force or not. What others have agreed is not this caller's to know: it answers as if there were no
 * such agreement.
 */
export function ownAgreements({ agreements, caller: { subject } }: Explaining): readonly Agreement[] {
  return agreements.filter(
    ({ consumer }) => consumer.department === subject.department && consumer.clients.includes(subject.client),
  );
}

/** The caller's agreements that a rule names: `AGR-2026-0001.v3#0|AGR-2026-0002.v1#1`. */
export function agreementsOfRule(explaining: Explaining, rule: string): readonly Agreement[] {
  const names = new Set(rule.split('|').map((part) => part.replace(/#\d+$/, '')));
  return ownAgreements(explaining).filter(({ id, version }) => names.has(`${id}.v${version}`));
}
