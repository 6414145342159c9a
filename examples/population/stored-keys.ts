import type { KeyForm } from '../../src/connectors/connector.ts';
import { toCitizenId15 } from '../../src/resident/citizen-id.ts';
import { toFullWidth } from '../../src/resident/width.ts';
import type { DepartmentName, FactBook } from './facts.ts';
import type { FixedName, Person } from './person.ts';
import type { Random } from './random.ts';

/** How carelessly a table keeps its keys: the share of rows in each form, where the id has such a form at all. */
export interface KeyHabit {
  readonly department: DepartmentName;
  readonly table: string;
  readonly forms: readonly { readonly form: KeyForm; readonly share: number; readonly fixed?: FixedName }[];
}

/** The key of somebody's row as the table stores it; what is not canonical is noted. */
export function storeKey(person: Person, habit: KeyHabit, random: Random, facts: FactBook): string {
  const { department, table, forms } = habit;
  for (const { form, share, fixed } of forms) {
    const isChosen = person.fixed ? person.fixed === fixed : random.isChosen(share);
    const stored = isChosen ? spell(person, form, random) : undefined;
    if (stored === undefined) continue;
    facts.dirtyKeys.push({ department, table, id: person.id, form, stored });
    return stored;
  }
  return person.id;
}

/** Undefined where the id has no such form. */
function spell({ id, birthDate }: Person, form: KeyForm, random: Random): string | undefined {
  switch (form) {
    case 'CITIZEN_15':
      return birthDate < '19860101' ? toCitizenId15(id) : undefined;
    case 'LOWER_X':
      return id.endsWith('X') ? id.toLowerCase() : undefined;
    case 'FULL_WIDTH':
      return toFullWidth(id);
    case 'PADDED':
      return random.pick([` ${id}`, `${id} `, `${id}  `]);
    case 'CANONICAL':
      return undefined;
  }
}
