import { asCoordinate, buildConnect } from './build-connect.ts';
import { allFields, type Contract, placeOf } from './contract.ts';
import type { FieldDeclaration, TypeDeclaration } from './declarations.ts';
import type { FromValues, ShareValues } from './directive-values.ts';
import { defaultFormat, formatNames, storedType } from './formats.ts';
import { createRecord } from './freeze.ts';
import type {
  ColumnField,
  ColumnMapping,
  ConnectField,
  Coordinate,
  EmbeddedField,
  FieldMapping,
  MetaField,
  RelationField,
  Share,
  TallyField,
} from './graph.ts';
import { embeddedPath, joinPath } from './outline.ts';
import { isValid } from './read-directives.ts';
import { resolveCodes } from './resolve-codes.ts';
import { searchElementOf } from './search-element.ts';

/** The mapping of every field that departments define, and of those that the hub adds to their records. */
export function* buildFields(contract: Contract): Iterable<FieldMapping> {
  for (const field of allFields(contract)) yield buildField(contract, field);
  for (const type of contract.types.values()) {
    const uses = contract.outline.uses.get(type.name) ?? [];
    const isRecord = uses.some(({ field }) => contract.outline.kinds.get(field.coordinate) !== 'embedded');
    if (isRecord) yield* buildMetaFields(type);
  }
}

function buildField(contract: Contract, field: FieldDeclaration): FieldMapping {
  const base = {
    coordinate: field.coordinate,
    parentType: field.parentType,
    name: field.name,
    typeName: field.type.name,
    department: field.department,
  };
  switch (contract.outline.kinds.get(field.coordinate)) {
    case 'connect':
      return { kind: 'connect', ...base, ...describeRows(contract, field) };
    case 'group':
      return { kind: 'group', ...base };
    case 'embedded':
      return { kind: 'embedded', ...base, ...describeNesting(contract, field) };
    case 'relation':
      return { kind: 'relation', ...base, ...describeRelation(contract, field) };
    case 'tally':
      return { kind: 'tally', ...base, ...describeTally(contract, field) };
    default:
      return { kind: 'column', ...base, ...describeColumn(contract, field) };
  }
}

type Described<T extends FieldMapping> = Omit<
  T,
  'kind' | 'coordinate' | 'parentType' | 'name' | 'typeName' | 'department'
>;

function describeRows(contract: Contract, field: FieldDeclaration): Described<ConnectField> {
  const filters = (field.node.arguments ?? [])
    .map(({ name }) => name.value)
    .filter((name) => name !== 'first')
    .map((name): [string, Coordinate] => [name, `${field.type.name}.${name}`]);
  const register = field.register.find(isValid)?.values.kind;
  return {
    rows: field.connect.find(isValid)?.values.rows ?? 'ONE',
    connects: field.connect.filter(isValid).map(({ values }) => buildConnect(contract, field, values)),
    filters: createRecord(filters),
    ...(register ? { register } : {}),
  };
}

function describeRelation(contract: Contract, field: FieldDeclaration): Described<RelationField> {
  const { read, ...described } = describeTally(contract, field);
  const rows = field.type.isList ? 'MANY' : 'ONE';
  return { rows, ...described, ...(field.connect.length > 0 ? { read } : {}) };
}

/** What is asked at the entity alone: a column that names an entity, in rows of its own read. */
function describeTally(contract: Contract, field: FieldDeclaration): Described<TallyField> {
  const { coordinate, parentType, name, department } = field;
  const { share, element, columns } = describeColumn(contract, field);
  const base = { coordinate, parentType, name, department };
  return {
    ...(share ? { share } : {}),
    ...(element ? { element } : {}),
    reference: { kind: 'column', ...base, typeName: 'String', columns, isFilterable: false },
    // Reads are known by the type of their rows; these have none of their own.
    read: { kind: 'connect', ...base, typeName: coordinate, ...describeRows(contract, field) },
  };
}

function describeNesting(contract: Contract, field: FieldDeclaration): Described<EmbeddedField> {
  const around = placeOf(contract, field.parentType);
  return { isList: field.type.isList, path: around ? embeddedPath(field, around) : '' };
}

function describeColumn(contract: Contract, field: FieldDeclaration): Described<ColumnField> {
  const share = field.share.find(isValid)?.values;
  const as = field.derive.find(isValid)?.values.as;
  const derive = as === 'IS_ALONE' ? undefined : as;
  const element = field.authority.find(isValid)?.values.element;
  const states = field.states.find(isValid)?.values.element;
  const searched = searchElementOf(field);
  const columns = field.from
    .filter(isValid)
    .map(({ values }): [string, ColumnMapping] => [
      values.source ?? '*',
      describeStorage(contract, field, values),
    ]);
  return {
    columns: createRecord(columns),
    isFilterable: field.filterable.length > 0,
    ...(searched === undefined ? {} : { searchElement: asCoordinate(searched) }),
    ...(share ? { share: buildShare(share) } : {}),
    ...(derive ? { derive } : {}),
    ...(element === undefined ? {} : { element: asCoordinate(element) }),
    ...(states === undefined ? {} : { states: asCoordinate(states) }),
  };
}

function describeStorage(contract: Contract, field: FieldDeclaration, from: FromValues): ColumnMapping {
  const prefix = placeOf(contract, field.parentType)?.prefix ?? '';
  const codes =
    from.codes === undefined
      ? undefined
      : resolveCodes(contract, field.department, field.type.name, from.codes);
  const format = from.format ?? defaultFormat(storedType(field));
  const written = from.column ?? from.path ?? '';
  return {
    // In the rows of a read of its own, nothing is nested in what lies around the field.
    column: field.connect.length > 0 ? written : joinPath(prefix, written),
    ...(codes ? { codes: createRecord(codes) } : {}),
    ...(format ? { format: formatNames[format] } : {}),
  };
}

function buildShare({ as, level, mask, basis, gate }: ShareValues): Share {
  return { as, level, ...(mask ? { mask } : {}), ...(basis === undefined ? {} : { basis }), isGate: gate };
}

/** The fields of `interface RecordSection` and their types. */
const metaFields = [
  ['department', 'String'],
  ['source', 'String'],
  ['asOf', 'DateTime'],
  ['readAt', 'DateTime'],
] as const;

function* buildMetaFields(type: TypeDeclaration): Iterable<MetaField> {
  for (const [name, typeName] of metaFields) {
    yield {
      kind: 'meta',
      coordinate: `${type.name}.${name}`,
      parentType: type.name,
      name,
      typeName,
      department: type.department,
    };
  }
}
