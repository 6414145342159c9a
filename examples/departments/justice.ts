import {
  buildSchema,
  execute,
  type FieldNode,
  GraphQLError,
  type GraphQLNamedType,
  type GraphQLResolveInfo,
  getNamedType,
  getNullableType,
  isListType,
  isObjectType,
  Kind,
  parse,
  type SelectionSetNode,
  validate,
} from 'graphql';
import type { JusticeRegister } from '../population/justice-register.ts';
import { createPopulation } from '../population/population.ts';
import { createSecret, deriveCredential, isSameText } from './credentials.ts';
import type { Department, DepartmentOptions, ReadLog } from './department.ts';
import { groupRows } from './group-rows.ts';
import {
  type HttpAnswer,
  type HttpRequest,
  type JsonRow,
  requestIdOf,
  startHttpDepartment,
} from './http-department.ts';
import { isMain } from './is-main.ts';
import { parseJsonObject } from './projection.ts';
import { runDepartment } from './run-department.ts';

/** 司法行政: a GraphQL subgraph (Apollo Federation `_entities`) with two declared queries, behind a bearer token. */
export type JusticeDepartment = Department;

const path = '/graphql';
const maxKeys = 200;

const sdl = `
  type Person @key(fields: "idType idNumber") {
    idType: String!
    idNumber: String!
    fullName: String
    legalAid: LegalAid
    updatedAt: String
  }
  type LegalAid { count: Int! }
  type Correction {
    idNumber: String!
    category: String
    startDate: String
    endDate: String
    office: Office
    sealed: String
  }
  type Office { name: String }
  type Mediation {
    idNumber: String!
    caseNo: String!
    disputeKind: String
    acceptedOn: String
    result: String
    parties: [Party!]
  }
  type Party { name: String, role: String }
  type Query {
    corrections(idNumbers: [String!]!, sealed: [String!]): [Correction!]!
    mediations(idNumbers: [String!]!, caseNo: String): [Mediation!]!
  }
`;

/** What the Apollo Federation subgraph specification adds. */
const federation = `
  scalar _Any
  scalar FieldSet
  directive @key(fields: FieldSet!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE
  union _Entity = Person
  type _Service { sdl: String! }
  extend type Query {
    _service: _Service!
    _entities(representations: [_Any!]!): [_Entity]!
  }
`;

export function startJusticeDepartment(options: DepartmentOptions = {}): Promise<JusticeDepartment> {
  const { residents, secret = createSecret() } = options;
  const { justice } = createPopulation(residents === undefined ? {} : { residents });
  const authorization = `Bearer ${deriveCredential(secret, 'bearer token')}`;
  const run = createExecutor(justice);
  return startHttpDepartment({
    options,
    connect: (baseUrl) => ({ kind: 'graphql', baseUrl: `${baseUrl}${path}`, headers: { authorization } }),
    answer: (request, log) => {
      if (request.path !== path || request.method !== 'POST')
        return { status: 404, body: failure('not found') };
      return isSameText(request.headers.authorization ?? '', authorization)
        ? run(request, log)
        : { status: 401, body: failure('unauthorized') };
    },
  });
}

function createExecutor(
  register: JusticeRegister,
): (request: HttpRequest, log: ReadLog) => Promise<HttpAnswer> {
  const schema = buildSchema(`${sdl}${federation}`);
  const root = createRoot(register);
  const foreignId = (asked: string) =>
    register.persons.find(({ idNumber }) => !asked.includes(idNumber))?.idNumber;
  return async (request, log) => {
    const { query, variables } = parseJsonObject(request.body);
    const document = typeof query === 'string' ? parseDocument(query) : undefined;
    const problems = document
      ? validate(schema, document)
      : [new GraphQLError('query is missing or has a syntax error')];
    if (!document || problems.length > 0) return { status: 400, body: { errors: problems } };
    const result = await execute({
      schema,
      document,
      rootValue: root,
      contextValue: { log, requestId: requestIdOf(request) },
      variableValues: Object(variables),
    });
    const [name, rows] = Object.entries(result.data ?? {}).find(([, value]) => Array.isArray(value)) ?? [];
    if (name === undefined || !Array.isArray(rows)) return { status: 200, body: result };
    const foreign = () => replaceId(rows, foreignId(request.body.toString('utf8')));
    const wrap = (spoiled: unknown) => ({ ...result, data: { ...result.data, [name]: spoiled } });
    return {
      status: 200,
      body: result,
      residents: { rows, wrap, keys: ['idNumber', 'idType', '__typename'], foreign },
    };
  };
}

function parseDocument(query: string) {
  try {
    return parse(query);
  } catch {
    return undefined;
  }
}

/** The first row as it would be for somebody else. */
function replaceId(rows: readonly (JsonRow | null)[], idNumber: string | undefined): JsonRow | undefined {
  const row = rows.find((row) => row !== null);
  return row && idNumber ? { ...row, idNumber } : undefined;
}

interface Context {
  readonly log: ReadLog;
  readonly requestId: { readonly requestId?: string };
}

function createRoot({ persons, corrections, mediations }: JusticeRegister) {
  const personOf = new Map(persons.map((person) => [`${person.idType}/${person.idNumber}`, person]));
  const correctionsOf = groupRows(corrections, ({ idNumber }) => idNumber);
  const mediationsOf = groupRows(mediations, ({ idNumber }) => idNumber);
  return {
    _service: () => ({ sdl }),
    _entities: (
      { representations }: { representations: readonly unknown[] },
      context: Context,
      info: GraphQLResolveInfo,
    ) => {
      noteRead('Person', representations.length, context, info);
      return representations.map((wanted) => entityOf(wanted, personOf));
    },
    corrections: (
      { idNumbers, sealed }: { idNumbers: readonly string[]; sealed?: readonly string[] },
      context: Context,
      info: GraphQLResolveInfo,
    ) => {
      noteRead('corrections', idNumbers.length, context, info);
      const rows = [...new Set(idNumbers)].flatMap((id) => correctionsOf.get(id) ?? []);
      return sealed ? rows.filter((row) => sealed.includes(row.sealed)) : rows;
    },
    mediations: (
      { idNumbers, caseNo }: { idNumbers: readonly string[]; caseNo?: string },
      context: Context,
      info: GraphQLResolveInfo,
    ) => {
      noteRead('mediations', idNumbers.length, context, info);
      const rows = [...new Set(idNumbers)].flatMap((id) => mediationsOf.get(id) ?? []);
      return caseNo === undefined ? rows : rows.filter((row) => row.caseNo === caseNo);
    },
  };
}

/** The person of a representation `{__typename, idType, idNumber}`; null if there is none. */
function entityOf(wanted: unknown, personOf: ReadonlyMap<string, object>) {
  const { __typename, idType, idNumber } = Object(wanted);
  const person = __typename === 'Person' ? personOf.get(`${idType}/${idNumber}`) : undefined;
  return person ? { __typename, ...person } : null;
}

function noteRead(what: string, keys: number, { log, requestId }: Context, info: GraphQLResolveInfo): void {
  if (keys > maxKeys) throw new GraphQLError(`at most ${maxKeys} keys in a request`);
  const type = getNamedType(info.returnType);
  const columns = new Set(info.fieldNodes.flatMap((node) => pathsOf(node.selectionSet, type, info)));
  log.add({ what, columns: [...columns], keys, asked: info.operation.loc?.source.body ?? '', ...requestId });
}

/** Paths of the leaves below a field, through fragments, with `[]` behind lists. */
function pathsOf(
  selections: SelectionSetNode | undefined,
  type: GraphQLNamedType | undefined,
  info: GraphQLResolveInfo,
): string[] {
  return (selections?.selections ?? []).flatMap((node) => {
    if (node.kind === Kind.FIELD) return fieldPaths(node, type, info);
    const fragment = node.kind === Kind.FRAGMENT_SPREAD ? info.fragments[node.name.value] : node;
    const condition = fragment?.typeCondition?.name.value;
    return pathsOf(fragment?.selectionSet, condition ? info.schema.getType(condition) : type, info);
  });
}

function fieldPaths(
  { name: { value: name }, selectionSet }: FieldNode,
  parent: GraphQLNamedType | undefined,
  info: GraphQLResolveInfo,
): string[] {
  if (name === '__typename') return [];
  const type = isObjectType(parent) ? parent.getFields()[name]?.type : undefined;
  const path = isListType(getNullableType(type)) ? `${name}[]` : name;
  if (!selectionSet || !type) return [path];
  return pathsOf(selectionSet, getNamedType(type), info).map((below) => `${path}.${below}`);
}

function failure(message: string) {
  return { errors: [{ message }] };
}

if (isMain(import.meta.url)) await runDepartment(startJusticeDepartment);
