import { mappingFor, type TallySelection } from '../plan/plan.ts';
import type { EntityKey } from '../resident/entity-key.ts';
import { parseIdentifier } from '../resident/identifier.ts';
import { decoderOf } from './decode-value.ts';
import type { FetchedRow } from './step-state.ts';

const quiet = { note: () => {} };

/**
 * Is the resident the only one in these rows? Null where that is not known: no rows (absence from a register is no answer), not this
 * resident among them, a row of nobody, or more rows than may be read, all alike so far.
 */
export function isAlone(
  { reference, column, maxRows }: TallySelection,
  resident: EntityKey | undefined,
  rows: readonly FetchedRow[],
): boolean | null {
  const found = new Set<string | undefined>();
  for (const { source, values } of rows) {
    const mapping = mappingFor(reference, source);
    const text = mapping && decoderOf(reference, mapping, '')(values[column], quiet);
    found.add(parseIdentifier({ type: 'CITIZEN_ID', value: String(text ?? '') })?.value);
  }
  if (resident?.type !== 'CITIZEN_ID' || !found.has(resident.value)) return null;
  const known = found.size - (found.has(undefined) ? 1 : 0);
  if (known > 1) return false;
  return found.size > known || rows.length > maxRows ? null : true;
}
