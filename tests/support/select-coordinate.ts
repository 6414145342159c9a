import {
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';

/** One operation for each field that can be reached from Query, which selects that field alone. The shortest way to it is taken. */
export function selectEachCoordinate(schema: GraphQLSchema): ReadonlyMap<string, string> {
  const operations = new Map<string, string>();
  const query = schema.getQueryType();
  const reached: { type: GraphQLObjectType; wrap: (inner: string) => string }[] = [];
  const seen = new Set<string>();
  const reach = (type: unknown, wrap: (inner: string) => string) => {
    if (!isObjectType(type) || seen.has(type.name)) return;
    seen.add(type.name);
    reached.push({ type, wrap });
  };
  reach(query, (inner) => `{ ${inner} }`);
  for (const { type, wrap } of reached) {
    for (const field of Object.values(type.getFields())) {
      const target = getNamedType(field.type);
      const call = `${field.name}${required(field.args)}`;
      const inner = isLeafType(target) ? call : `${call} { __typename }`;
      operations.set(`${type.name}.${field.name}`, wrap(inner));
      reach(target, (below) => wrap(`${call} { ${below} }`));
    }
  }
  return operations;
}

function required(args: readonly GraphQLArgument[]): string {
  const given = args.filter(isRequiredArgument).map(({ name, type }) => `${name}: ${literal(type)}`);
  return given.length === 0 ? '' : `(${given.join(', ')})`;
}

function literal(wrapped: GraphQLInputType): string {
  const type = getNullableType(wrapped);
  if (isListType(type)) return `[${literal(type.ofType)}]`;
  if (isEnumType(type)) return type.getValues()[0]?.name ?? '';
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter(isRequiredInputField);
    return `{ ${fields.map((field) => `${field.name}: ${literal(field.type)}`).join(', ')} }`;
  }
  return type.name === 'Int' ? '1' : '"x"';
}
