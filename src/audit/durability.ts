/** What an acknowledged record survives, as the engine itself reports it. */
export interface Durability {
  /** False: production must refuse to start on this store. */
  readonly survivesPowerCut: boolean;
  /** True where an acknowledged record is on a second server too, so that it survives a promotion. */
  readonly hasSynchronousStandby: boolean;
  /** For the start banner: one sentence per weakness. */
  readonly problems: readonly string[];
}
