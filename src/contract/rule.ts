import type { Contract } from './contract.ts';
import type { Finding } from './finding.ts';

/** One rule of the contract. `check` is pure and yields every finding, not the first. */
export interface Rule {
  /** Stable: named by problems and by `docs/contract.md`. */
  readonly name: string;
  /** What is wrong, for a department's administrator. */
  readonly zh: string;
  readonly check: (contract: Contract) => Iterable<Finding>;
}
