import type { CountRequest, RowFilter } from '../connectors/connector.ts';
import type { ColumnField, Connect } from '../contract/graph.ts';
import type { BoundList } from '../plan/bind-search.ts';
import { mappingFor } from '../plan/plan.ts';
import { type AttributeValue, matchRule } from '../policies/row-rule.ts';
import { buildListFilter } from './build-request.ts';
import { type DecodeNotes, decoderOf } from './decode-value.ts';

/** One register of a search in its source's own words. */
export interface PreparedList {
  readonly bound: BoundList;
  readonly source: string;
  readonly target: Pick<CountRequest, 'requestId' | 'entity' | 'target' | 'keyColumn'>;
  /** What scope and filter look at comes with the row, so that no source has to be believed to have applied them. */
  readonly columns: readonly string[];
  readonly where: RowFilter | undefined | 'NEVER';
  readonly counted: RowFilter | undefined | 'NEVER';
  /** Does a row meet the conditions? `values` are aligned to `columns`. */
  readonly matches: (values: readonly unknown[]) => boolean;
}

export function prepareList(
  bound: BoundList,
  context: { readonly requestId: string; readonly today: string; readonly notes: DecodeNotes },
): PreparedList {
  const { register } = bound.plan;
  const [connect] = register.connect.connects;
  const [key] = connect?.key ?? [];
  if (!connect || !key) throw new TypeError('a register has a source and a key');
  const columns = [
    ...new Set(
      [...bound.attributes.values()].flatMap((field) => mappingFor(field, connect.source)?.column ?? []),
    ),
  ];
  const filter = (rule: BoundList['counted']) =>
    rule === 'NEVER' || rule === 'DENIED'
      ? 'NEVER'
      : buildListFilter(connect, (attribute) => bound.attributes.get(attribute), rule);
  return {
    bound,
    source: connect.source,
    target: {
      requestId: context.requestId,
      entity: register.connect.typeName,
      target: connect.target,
      keyColumn: { column: key.column, forms: key.forms },
    },
    columns,
    where: filter(bound.where),
    counted: filter(bound.counted),
    matches: compileMatch(bound, connect, columns, context),
  };
}

function compileMatch(
  { where, attributes }: BoundList,
  connect: Connect,
  columns: readonly string[],
  { today, notes }: { readonly today: string; readonly notes: DecodeNotes },
): PreparedList['matches'] {
  if (where === undefined) return () => true;
  if (where === 'NEVER') return () => false;
  const readers = new Map(
    [...attributes].map(([attribute, field]) => [attribute, compileReader(field, connect, columns, today)]),
  );
  return (values) => matchRule(where, (attribute) => readers.get(attribute)?.(values, notes));
}

function compileReader(
  field: ColumnField,
  { source }: Connect,
  columns: readonly string[],
  today: string,
): (values: readonly unknown[], notes: DecodeNotes) => AttributeValue {
  const mapping = mappingFor(field, source);
  if (!mapping) return () => undefined;
  const decode = decoderOf(field, mapping, today);
  const at = columns.indexOf(mapping.column);
  return (values, notes) => decode(values[at], notes);
}
