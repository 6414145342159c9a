import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
} from 'graphql';

/** A number below `sides`, from the test's own source of chance. */
export type Dice = (sides: number) => number;

export interface RandomOperation {
  readonly source: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface RandomOptions {
  readonly ids: readonly string[];
  /** Fields that are never selected, by coordinate. */
  readonly without?: ReadonlySet<string>;
}

const switches = ['b0', 'b1', 'b2', 'b3'];
const maxDepth = 5;

/**
 * A valid operation over the schema: aliases, merged fields, fragments of both kinds (shared, nested, on interfaces), directives in
 * any place with literals, variables and defaults. A response name always stands for the same field with the same arguments.
 */
export function makeOperation(
  dice: Dice,
  schema: GraphQLSchema,
  { ids, without = new Set() }: RandomOptions,
): RandomOperation {
  const fragments = new Map<string, string>();
  const context: Context = { dice, schema, without, ids, fragments };
  const roots = Array.from({ length: 1 + dice(3) }, () => makeRoot(context));
  const used = new Set<string>();
  const header = ['$ids: [ResidentIdentifier!]!', '$one: ResidentIdentifier!', '$n: Int', '$case: String'];
  const flags = switches.map((name, i) => `$${name}: Boolean${i < 2 ? '!' : ` = ${dice(2) === 0}`}`);
  const body = `{ ${roots.join(' ')} __typename }`;
  const source = `query Random(${[...header, ...flags].join(', ')}) ${body} ${needed(body, fragments, used)}`;
  const uses = (name: string) => new RegExp(`\\$${name}\\b`).test(source.slice(source.indexOf(') {')));
  const declared = [...header, ...flags].filter((one) => uses(one.slice(1, one.indexOf(':'))));
  const trimmed = source.replace(/\(.*?\) \{/, declared.length > 0 ? `(${declared.join(', ')}) {` : ' {');
  return { source: trimmed, variables: makeVariables(dice, ids) };
}

interface Context {
  readonly dice: Dice;
  readonly schema: GraphQLSchema;
  readonly without: ReadonlySet<string>;
  readonly ids: readonly string[];
  readonly fragments: Map<string, string>;
}

function makeVariables(dice: Dice, ids: readonly string[]): Record<string, unknown> {
  const variables: Record<string, unknown> = {
    ids: ids.slice(0, 1 + dice(ids.length)).map((value) => ({ value })),
    one: { value: ids[dice(ids.length)] },
    b0: dice(2) === 0,
    b1: dice(2) === 0,
  };
  if (dice(2) === 0) variables['b2'] = dice(2) === 0;
  if (dice(3) > 0) variables['n'] = dice(3) === 0 ? null : dice(4);
  if (dice(3) > 0) variables['case'] = dice(3) === 0 ? null : `C${dice(3)}`;
  return variables;
}

/** Fragments that a text spreads, and those that they spread. */
function needed(text: string, fragments: ReadonlyMap<string, string>, used: Set<string>): string {
  const names = [...text.matchAll(/\.\.\.(F_\w+)/g)].map(([, name = '']) => name);
  return names
    .filter((name) => !used.has(name) && used.add(name))
    .map((name) => {
      const definition = fragments.get(name) ?? '';
      return `${definition} ${needed(definition, fragments, used)}`;
    })
    .join(' ');
}

function makeRoot(context: Context): string {
  const { dice } = context;
  const selection = makeSelection(context, 'Resident', maxDepth);
  const roots = [
    `many: residents(identifiers: $ids) ${directive(dice)}`,
    `residents(identifiers: $ids)`,
    `one: resident(identifier: $one) ${directive(dice)}`,
    `same: resident(identifier: $one)`,
  ];
  return `${roots[dice(roots.length)]} ${selection}`;
}

function makeSelection(context: Context, typeName: string, depth: number): string {
  const { dice } = context;
  const parts = Array.from({ length: 1 + dice(4) }, () => makePart(context, typeName, depth));
  return `{ ${parts.join(' ')} }`;
}

function makePart(context: Context, typeName: string, depth: number): string {
  const { dice } = context;
  if (depth <= 0) return makeField(context, typeName, depth);
  switch (dice(8)) {
    case 0:
      return `... ${dice(2) === 0 ? `on ${typeName}` : ''} ${directive(dice)} ${makeSelection(context, typeName, depth - 1)}`;
    case 1:
      return `...${fragment(context, typeName, depth)} ${directive(dice)}`;
    case 2:
      return isInterfaceType(context.schema.getType(typeName))
        ? narrowed(context, typeName, depth)
        : makeField(context, typeName, depth);
    default:
      return makeField(context, typeName, depth);
  }
}

function narrowed(context: Context, typeName: string, depth: number): string {
  const type = context.schema.getType(typeName);
  if (!isInterfaceType(type)) return '__typename';
  const sections = sectionTypes(context.schema);
  const concrete = sections[context.dice(sections.length)] ?? typeName;
  return `... on ${concrete} ${directive(context.dice)} ${makeSelection(context, concrete, depth - 1)}`;
}

function sectionTypes(schema: GraphQLSchema): string[] {
  const resident = schema.getType('Resident');
  if (!isObjectType(resident)) return [];
  return Object.values(resident.getFields())
    .map(({ type }) => getNamedType(type))
    .filter(isObjectType)
    .map(({ name }) => name);
}

/** One of two fragments of the type, made when first wanted. A type's second fragment spreads none of its own type. */
function fragment(context: Context, typeName: string, depth: number): string {
  const name = `F_${typeName}_${context.dice(2)}`;
  if (!context.fragments.has(name)) {
    // Reserved, so that it does not spread itself.
    context.fragments.set(name, '');
    const body = makeSelection(context, typeName, Math.min(depth, 2)).replaceAll(
      new RegExp(`\\.\\.\\.F_${typeName}_\\d`, 'g'),
      '__typename',
    );
    context.fragments.set(name, `fragment ${name} on ${typeName} ${body}`);
  }
  return name;
}

function makeField(context: Context, typeName: string, depth: number): string {
  const { dice, schema } = context;
  const fields = selectable(schema.getType(typeName), context, depth);
  const field = fields[dice(fields.length)];
  if (!field || dice(12) === 0) return '__typename';
  const { type, args } = field;
  const [suffix, given] =
    args.length > 0
      ? makeArguments(
          dice,
          args.map(({ name }) => name),
        )
      : ['', ''];
  const alias = suffix || dice(4) === 0 ? `${field.name}_${typeName}${suffix}${dice(2)}: ` : '';
  const named = getNamedType(type);
  const needsAlias = !alias && hasRival(typeName, field.name) ? `${field.name}_${typeName}: ` : alias;
  const below = isCompositeType(named) ? makeSelection(context, named.name, depth - 1) : '';
  return `${needsAlias}${field.name}${given} ${directive(dice)} ${below}`;
}

/** Names that stand for different types in different records cannot share a response name in `sections`. */
function hasRival(typeName: string, name: string): boolean {
  return /Record$/.test(typeName) && ['status', 'household', 'address'].includes(name);
}

function makeArguments(dice: Dice, names: readonly string[]): [suffix: string, given: string] {
  const choices: [string, string][] = [['', '']];
  if (names.includes('first'))
    choices.push(['f1', '(first: 1)'], ['f0', '(first: 0)'], ['fn', '(first: $n)'], ['fx', '(first: null)']);
  if (names.includes('caseNumber'))
    choices.push(
      ['c1', '(caseNumber: "C1")'],
      ['cv', '(caseNumber: $case)'],
      ['cf', '(caseNumber: "C1", first: 1)'],
    );
  if (names.includes('insurance'))
    choices.push(['ip', '(insurance: PENSION)'], ['ipf', '(first: 1, insurance: PENSION)']);
  return choices[dice(choices.length)] ?? ['', ''];
}

function selectable(
  type: GraphQLNamedType | undefined,
  { without, ids }: Context,
  depth: number,
): GraphQLField<unknown, unknown>[] {
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields()).filter(
    (field) =>
      !without.has(`${type.name}.${field.name}`) &&
      ids.length > 0 &&
      (depth > 1 || !isCompositeType(getNamedType(field.type))),
  );
}

function directive(dice: Dice): string {
  const condition = () => (dice(3) === 0 ? String(dice(2) === 0) : `$${switches[dice(switches.length)]}`);
  switch (dice(10)) {
    case 0:
      return `@include(if: ${condition()})`;
    case 1:
      return `@skip(if: ${condition()})`;
    case 2:
      return `@include(if: ${condition()}) @skip(if: ${condition()})`;
    case 3:
      return `@skip(if: ${condition()}) @include(if: ${condition()})`;
    default:
      return '';
  }
}
