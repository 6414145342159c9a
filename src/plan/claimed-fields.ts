import { type GraphQLSchema, type ValueNode, valueFromAST } from 'graphql';

interface ClaimsInput {
  readonly schema: GraphQLSchema;
  /** Coerced. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** The fields that the argument `claims` of `Query.verifyResident` names, as its resolver will get them; they may be no fields at all. */
export function claimedFields(
  { schema, variables }: ClaimsInput,
  node: ValueNode | undefined,
): readonly string[] {
  const field = schema.getQueryType()?.getFields()['verifyResident'];
  const type = field?.args.find(({ name }) => name === 'claims')?.type;
  const value: unknown = node && type && valueFromAST(node, type, variables);
  const claims: readonly unknown[] = Array.isArray(value) ? value : [];
  return claims.map(fieldOf);
}

function fieldOf(claim: unknown): string {
  return typeof claim === 'object' && claim !== null && 'field' in claim ? String(claim.field) : '';
}
