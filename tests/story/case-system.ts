import { buildASTSchema, type ExecutionResult, graphql, parse } from 'graphql';

/** A case of a mediation centre. It keeps no data of residents: only the references that the hub gave to its client. */
export interface CaseRow {
  readonly id: string;
  readonly subject: string;
  readonly resident: string;
}

/** What the case system tells a gateway: its own types, and the residents to whom it adds their cases. */
export const caseSdl = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.0", import: ["@key"])

type Query {
  cases: [Case!]!
}

type Case @key(fields: "id") {
  id: ID!
  subject: String!
  resident: Resident
}

type Resident @key(fields: "id") {
  id: ID!
  cases: [Case!]!
}
`;

const machinery = `
extend type Query { _entities(representations: [_Any!]!): [_Entity]! }
scalar _Any
union _Entity = Case | Resident
`;

/** A small second subgraph, executed by graphql-js. */
export function createCaseSystem(rows: readonly CaseRow[]) {
  const schema = buildASTSchema(parse(caseSdl + machinery), { assumeValidSDL: true });
  const resident = (id: string) => ({
    __typename: 'Resident',
    id,
    cases: () => rows.filter((row) => row.resident === id).map(show),
  });
  const show = (row: CaseRow) => ({ __typename: 'Case', ...row, resident: () => resident(row.resident) });
  const rootValue = {
    cases: () => rows.map(show),
    _entities: ({ representations }: { representations: readonly { __typename: string; id: string }[] }) =>
      representations.map(({ __typename, id }) =>
        __typename === 'Resident' ? resident(id) : rows.filter((row) => row.id === id).map(show)[0],
      ),
  };
  return (body: {
    query: string;
    variables?: Record<string, unknown> | undefined;
  }): Promise<ExecutionResult> =>
    graphql({ schema, rootValue, source: body.query, variableValues: body.variables ?? null });
}
