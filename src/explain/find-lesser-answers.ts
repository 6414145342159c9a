import type { ColumnField, Coordinate } from '../contract/graph.ts';
import type { LesserAnswer } from '../generated/graphql.ts';
import { decideCoordinate } from '../plan/decide-coordinate.ts';
import { verifyCoordinate } from '../policies/verify-coordinate.ts';
import type { Explaining } from './explaining.ts';
import { sayBoth, titleOf } from './words.ts';

/**
 * What may do instead of the value: a field that the hub computes from the same stored column (`isMinor` of a birth date), or
 * whether a value that the caller holds is right. `isElement`: answers name elements where there are such.
 */
export function findLesserAnswers(
  explaining: Explaining,
  field: ColumnField,
  options: { readonly isElement: boolean },
): readonly LesserAnswer[] {
  if (!field.share || field.share.as === 'NON_SHARED') return [];
  const derived = field.derive ? [] : derivedOf(explaining, field);
  return [
    ...derived.map((other) => describeDerived(explaining, other, options)),
    ...(isVerifiable(field) ? findVerification(explaining, field) : []),
  ];
}

function derivedOf({ graph }: Explaining, field: ColumnField): readonly ColumnField[] {
  return [...graph.fields.values()].filter(
    (other): other is ColumnField =>
      other.kind === 'column' &&
      other.parentType === field.parentType &&
      other.derive !== undefined &&
      other.share !== undefined &&
      other.share.as !== 'NON_SHARED' &&
      Object.entries(other.columns).some(([source, { column }]) => field.columns[source]?.column === column),
  );
}

function describeDerived(
  explaining: Explaining,
  { coordinate, element, derive, typeName }: ColumnField,
  { isElement }: { readonly isElement: boolean },
): LesserAnswer {
  const named: Coordinate = isElement && element ? element : coordinate;
  const isYesNo = derive === 'IS_MINOR' || typeName === 'Boolean';
  const title = titleOf(explaining.graph, named);
  return {
    kind: isYesNo ? 'YES_NO' : 'COARSER',
    coordinate: named,
    isGranted: decideCoordinate(explaining, named)?.effect !== 'DENY',
    explanation: isYesNo
      ? sayBoth({ zh: `${title}：只答是或否。`, en: `${named} answers yes or no.` })
      : sayBoth({
          zh: `${title}：由它算出，不含原值。`,
          en: `${named} is computed from it, without the value itself.`,
        }),
  };
}

/** Text that a caller may hold already, on paper or as said by the person, can be compared instead of given. */
const verifiable: ReadonlySet<string> = new Set(['NAME', 'CITIZEN_ID', 'PHONE', 'ADDRESS', 'REDACT']);

function isVerifiable({ share }: ColumnField): boolean {
  return share?.mask !== undefined && verifiable.has(share.mask);
}

/** As a claim would be decided. None where no claim can name the field: of lists, which value is meant is not said. */
function findVerification(explaining: Explaining, { coordinate }: ColumnField): readonly LesserAnswer[] {
  const decision = decideCoordinate(explaining, verifyCoordinate(coordinate));
  if (!decision) return [];
  const explanation = sayBoth({
    zh: `核验：若已持有该值，可只约定核验（verify），由 verifyResident 答是否一致，而不取得该值。核验项写 ${coordinate}。`,
    en: `Where you hold the value already, an agreement to verify is enough: verifyResident, with a claim of ${coordinate}, tells whether it is right, and gives nothing else.`,
  });
  const isGranted = decision.effect !== 'DENY';
  return [{ kind: 'VERIFY', coordinate: 'Query.verifyResident', isGranted, explanation }];
}
