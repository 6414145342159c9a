import {
  type FragmentDefinitionNode,
  type GraphQLSchema,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';

/**
 * How many values the answer to a selection of introspection can be expected to hold, over this schema: lists count as long as they are on
 * average. Introspection leads from types to types, so an operation within every other limit could otherwise ask for very much.
 * Linear in the operation, which must be valid.
 */
export function introspectionSize(
  schema: GraphQLSchema,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  set: SelectionSetNode,
): number {
  const lengths = lengthsOf(schema);
  const known = new Map<string, number>();
  const sizeOf = ({ selections }: SelectionSetNode): number => {
    let size = 0;
    for (const selection of selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) size += fragmentSize(selection.name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) size += sizeOf(selection.selectionSet);
      else {
        const below = selection.selectionSet ? sizeOf(selection.selectionSet) : 0;
        size += 1 + (lengths.get(selection.name.value) ?? 1) * below;
      }
    }
    return size;
  };
  const fragmentSize = (name: string): number => {
    const fragment = fragments.get(name);
    const size = known.get(name) ?? (fragment ? sizeOf(fragment.selectionSet) : 0);
    known.set(name, size);
    return size;
  };
  return sizeOf(set);
}

const lengthsBySchema = new WeakMap<GraphQLSchema, ReadonlyMap<string, number>>();

function lengthsOf(schema: GraphQLSchema): ReadonlyMap<string, number> {
  const lengths = lengthsBySchema.get(schema) ?? countLengths(schema);
  lengthsBySchema.set(schema, lengths);
  return lengths;
}

/** By the name of the list in introspection. */
function countLengths(schema: GraphQLSchema): ReadonlyMap<string, number> {
  const types = Object.values(schema.getTypeMap());
  const counts = { fields: 0, args: 0, inputFields: 0, enumValues: 0, interfaces: 0, possibleTypes: 0 };
  for (const type of types) {
    if (isEnumType(type)) counts.enumValues += type.getValues().length;
    else if (isInputObjectType(type)) counts.inputFields += Object.keys(type.getFields()).length;
    else if ('getFields' in type) {
      const fields = Object.values(type.getFields());
      counts.fields += fields.length;
      counts.args += fields.reduce((args, field) => args + field.args.length, 0);
      counts.interfaces += type.getInterfaces().length;
    }
    if (isAbstractType(type)) counts.possibleTypes += schema.getPossibleTypes(type).length;
  }
  const averages = Object.entries(counts).map(
    ([name, count]) => [name, Math.ceil(count / types.length)] as const,
  );
  return new Map([...averages, ['types', types.length], ['directives', schema.getDirectives().length]]);
}
