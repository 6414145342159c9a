import { HubError } from '../errors.ts';
import type { Admission } from './admission.ts';
import type { Visits } from './visit.ts';

/** For what was given up to close its record and answer so. */
const graceMs = 2_500;

/**
 * Lets nobody in any more and waits for the requests in work, at most `ms`; then gives them up, so that they still leave a record. Resolves
 * with how many were given up, and how many did not even end then. While it waits, new requests are told so.
 */
export async function drain(
  admission: Admission,
  visits: Visits,
  ms: number,
): Promise<{ readonly givenUp: number; readonly unfinished: number }> {
  admission.shut();
  await visits.settle(ms);
  const givenUp = visits.count;
  visits.abortAll(
    new HubError('OVERLOADED', {
      hint: 'This replica is shutting down; another one answers.',
      hintZh: '本副本正在停机，请由其他副本应答。',
    }),
  );
  await visits.settle(graceMs);
  return { givenUp, unfinished: visits.count };
}
