import { HubError } from '../errors.ts';

/** What an acknowledged record survives, as the engine itself reports it. */
export interface Durability {
  readonly survivesPowerCut: boolean;
  /** True where an acknowledged record is on a second server too, so that it survives a promotion. */
  readonly hasSynchronousStandby: boolean;
  /** For the operator: one for each reason why not. */
  readonly weaknesses: readonly Weakness[];
}

/** A sentence in each language. */
export interface Weakness {
  readonly zh: string;
  readonly en: string;
}

/** What the operator insists on: a log without it takes no record. */
export interface DurabilityDemands {
  readonly powerCut: boolean;
  readonly standby: boolean;
}

/** Why the log may not be written, as `CONFIG_INVALID` in the operator's terms; undefined where all that is demanded is there. */
export function findRefusal(durability: Durability, demands: DurabilityDemands): HubError | undefined {
  const { survivesPowerCut, hasSynchronousStandby, weaknesses } = durability;
  const lacksStandby = demands.standby && !hasSynchronousStandby;
  if (!lacksStandby && (survivesPowerCut || !demands.powerCut)) return undefined;
  const way = lacksStandby ? waiver : { zh: '', en: '' };
  return new HubError('CONFIG_INVALID', {
    hintZh: `访问记录库（DATABASE_URL）达不到生产要求：${weaknesses.map(({ zh }) => zh).join('')}${way.zh}`,
    hint: `The log's database (DATABASE_URL): ${weaknesses.map(({ en }) => en).join(' ')}${way.en}`,
  });
}

const waiver: Weakness = {
  zh: '须有同步备库，或设 HUB_SYNCHRONOUS_STANDBY=waived 明示放弃。',
  en: ' It needs a synchronous standby, unless HUB_SYNCHRONOUS_STANDBY=waived gives it up.',
};
