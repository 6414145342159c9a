import type { Coordinate } from '../contract/graph.ts';
import { type DecidedField, explainDenial } from '../explain/explain-field.ts';
import type { Plan } from '../plan/plan.ts';
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

/** A plan serves many requests of one class of callers, to all of whom the same is said; it ends when an agreement it used does. */
const known = new WeakMap<Plan, Map<Coordinate, DenialWords>>();

/** What stands beside a denied field, in the words of `explainField`. */
export function denialWords(
  { policy, inForce, now }: PolicyParts,
  { caller, subjectClass, generation, plan }: Story,
  field: DecidedField,
): DenialWords {
  if (!caller || !subjectClass || !generation || !plan) throw new TypeError('a planned story has a caller');
  const words = known.get(plan) ?? new Map<Coordinate, DenialWords>();
  known.set(plan, words);
  const said = words.get(field.coordinate);
  if (said) return said;
  const asker = { graph: generation.graph, policy: policy(), subject: subjectClass };
  const made = explainDenial({ ...asker, ...inForce(), caller, now: now().getTime() }, field);
  words.set(field.coordinate, made);
  return made;
}
