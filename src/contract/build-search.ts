import { type DocumentNode, type GraphQLSchema, isObjectType, parse } from 'graphql';
import type { ColumnField, FieldMapping, Register } from './graph.ts';
import { readRegisters, searchedFields } from './read-registers.ts';

/**
 * The search over all registers as SDL: `Query.searchResidents` and input types that offer what some register can filter, and
 * nothing else. Undefined where no department declares a register. `schema` is the public one, which lends its descriptions.
 */
export function buildSearch(
  fields: readonly FieldMapping[],
  schema: GraphQLSchema,
): DocumentNode | undefined {
  const registers = readRegisters(fields);
  if (registers.length === 0) return undefined;
  const filtered = registers.map((register) => ({
    register,
    fields: searchedFields(register.connect, fields),
  }));
  const inputs = [
    residentFilter(filtered, schema),
    ...filtered.flatMap((one) => registerFilter(one, schema)),
    ...enumFilters(filtered.flatMap((one) => one.fields)),
  ];
  return parse(`${root}\n${inputs.join('\n')}`, { noLocation: true });
}

interface FilteredRegister {
  readonly register: Register;
  readonly fields: readonly ColumnField[];
}

const root = `extend type Query {
  """
  查人: people of the registers (实有人口: registered and floating population) who meet all conditions, page by page. Needs an
  agreement that allows the search; filters are the fields that the caller may read clear.
  """
  searchResidents(where: ResidentFilter, first: Int = 20, after: String): ResidentConnection
}`;

function residentFilter(filtered: readonly FilteredRegister[], schema: GraphQLSchema): string {
  const members = new Map<string, string>();
  for (const { register, fields } of filtered) {
    for (const [name, coordinate] of Object.entries(register.elements)) {
      const field = fields.find((one) => one.coordinate === coordinate);
      const input = field && inputOf(field);
      // Where one register has a text as it is and another by code, the wider input: the plan knows each one's.
      if (input && members.get(name) !== 'TextFilter') members.set(name, input);
    }
  }
  const elements = [...members].map(
    ([name, input]) => `${describe(schema, 'Resident', name)}  ${name}: ${input}`,
  );
  const sections = filtered
    .filter(({ fields }) => fields.some(inputOf))
    .map(({ register: { connect } }) => {
      const description = describe(schema, connect.parentType, connect.name);
      return `${description}  ${sectionName(connect.typeName)}: ${connect.typeName}Filter`;
    });
  return `"查询条件. All given members must hold. What another register holds of somebody matches no entry of this one."
input ResidentFilter {
${[...elements, ...sections].join('\n')}
  "全部满足"
  and: [ResidentFilter!]
  "满足其一"
  or: [ResidentFilter!]
}`;
}

function registerFilter(
  { register: { connect }, fields }: FilteredRegister,
  schema: GraphQLSchema,
): string[] {
  const members = fields.flatMap((field) => {
    const input = inputOf(field);
    return input ? [`${describe(schema, field.parentType, field.name)}  ${field.name}: ${input}`] : [];
  });
  if (members.length === 0) return [];
  const title = schema.getType(connect.typeName)?.description ?? connect.typeName;
  return [`${quote(title)}\ninput ${connect.typeName}Filter {\n${members.join('\n')}\n}`];
}

function enumFilters(fields: readonly ColumnField[]): string[] {
  const enums = new Set(fields.filter(isEnum).map(({ typeName }) => typeName));
  return [...enums].map((name) => `input ${name}Filter {\n  eq: ${name}\n  in: [${name}!]\n}`);
}

/** `PoliceRecord` → `policeRecord`: the member of a search for what this register alone has. */
export function sectionName(typeName: string): string {
  return typeName.slice(0, 1).toLowerCase() + typeName.slice(1);
}

/** What a stored value can be compared with as it is stored; a number, a time or a flag can be written in several ways. */
function inputOf(field: ColumnField): string | undefined {
  const isCoded = Object.values(field.columns).some(({ codes }) => codes !== undefined);
  if (isCoded && isEnum(field)) return `${field.typeName}Filter`;
  return isCoded ? 'CodedTextFilter' : inputs.get(field.typeName);
}

const inputs = new Map([
  ['String', 'TextFilter'],
  ['ID', 'TextFilter'],
  ['Date', 'DateFilter'],
  ['Month', 'MonthFilter'],
  ['Int', 'IntFilter'],
]);

const plain: ReadonlySet<string> = new Set([
  'String',
  'ID',
  'Int',
  'Float',
  'Boolean',
  'Date',
  'DateTime',
  'Month',
]);

function isEnum({ typeName }: ColumnField): boolean {
  return !plain.has(typeName);
}

function describe(schema: GraphQLSchema, typeName: string, name: string): string {
  const type = schema.getType(typeName);
  const description = isObjectType(type) ? type.getFields()[name]?.description : undefined;
  return description ? `  ${quote(description)}\n` : '';
}

/** A JSON text is a GraphQL one. */
function quote(text: string): string {
  return JSON.stringify(text);
}
