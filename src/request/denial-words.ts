import { type DecidedField, explainDenial } from '../explain/explain-field.ts';
import type { Agreement, Purpose } from '../policies/agreement.ts';
import type { FieldPolicy } from '../policies/decision.ts';
import type { Story } from './story.ts';

/** What explanations are made of. */
export interface PolicyParts {
  /** The policy in force; throws POLICY_UNAVAILABLE where none can be trusted. */
  readonly policy: () => FieldPolicy;
  /** What it was made of. */
  readonly inForce: () => {
    readonly agreements: readonly Agreement[];
    readonly purposes: ReadonlyMap<string, Purpose>;
  };
  readonly now: () => Date;
}

type DenialWords = ReturnType<typeof explainDenial>;

/** What stands beside a denied field, in the words of `explainField`. */
export function denialWords(
  { policy, inForce, now }: PolicyParts,
  { caller, subjectClass, generation }: Story,
  field: DecidedField,
): DenialWords {
  if (!caller || !subjectClass || !generation) throw new TypeError('a planned story has a caller');
  const asker = { graph: generation.graph, policy: policy(), subject: subjectClass };
  return explainDenial({ ...asker, ...inForce(), caller, now: now().getTime() }, field);
}
