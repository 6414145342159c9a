import { type GraphQLSchema, parse } from 'graphql';
import type { RegisteredOperation } from '../policies/agreement.ts';
import { answerExtensionsSchema, errorSchema } from './describe-extensions.ts';
import { createInputSchemas, type InputSchemas, type JsonSchema } from './describe-input.ts';
import { describeSelectedFields } from './describe-selected-fields.ts';

/** Registered operations of one client, to be described for tools that know no GraphQL. */
export interface ServicesInput {
  readonly operations: readonly RegisteredOperation[];
  readonly schema: GraphQLSchema;
  /** Version of the graph. */
  readonly version: string;
}

/**
 * The OpenAPI 3.1 document of `/services/{code}`: what each takes and answers, with the errors of the hub. Says nothing of a person, and
 * nothing of operations that are not in `operations`.
 */
export function describeServices({ operations, schema, version }: ServicesInput): JsonSchema {
  const inputs = createInputSchemas();
  const paths = operations.flatMap((operation) => {
    const described = describeService(operation, schema, inputs);
    return described ? [[`/services/${operation.code}`, { post: described }] as const] : [];
  });
  return {
    openapi: '3.1.0',
    info: { title: '数桥 Shuqiao', description: about, version },
    security: [{ token: [] }],
    paths: Object.fromEntries(paths),
    components: {
      schemas: { ...sharedSchemas, ...inputs.schemas() },
      parameters: headers,
      responses: { Refused: refused },
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
}

const about =
  '已登记的数据服务。与 GraphQL 查询同一策略、同一记录：无权字段为 null，原因见 errors。 ' +
  'Registered operations, under the same policy and record as GraphQL: what the caller may not see is null, and errors say why.';

/** Absent where the graph has changed since the operation was registered, so that it can no longer be executed. */
function describeService(
  { code, title, document }: RegisteredOperation,
  schema: GraphQLSchema,
  inputs: InputSchemas,
): JsonSchema | undefined {
  const parsed = parse(document);
  const data = describeSelectedFields(parsed, schema);
  const body = inputs.describeVariables(parsed, schema);
  if (!data || !body) return undefined;
  return {
    operationId: code,
    summary: title,
    parameters: [{ $ref: '#/components/parameters/Purpose' }, { $ref: '#/components/parameters/Case' }],
    requestBody: { required: true, content: { 'application/json': { schema: body } } },
    responses: {
      200: { description: '应答 The answer', content: { 'application/json': { schema: answerOf(data) } } },
      default: { $ref: '#/components/responses/Refused' },
    },
  };
}

function answerOf(data: JsonSchema): JsonSchema {
  return {
    type: 'object',
    properties: {
      data: { anyOf: [data, { type: 'null' }] },
      errors: { type: 'array', items: { $ref: '#/components/schemas/HubError' } },
      extensions: { $ref: '#/components/schemas/Extensions' },
    },
    required: ['extensions'],
  };
}

const headers = {
  Purpose: {
    name: 'Shuqiao-Purpose',
    in: 'header',
    required: true,
    description: '使用目的代码 The purpose, by its code.',
    schema: { type: 'string' },
  },
  Case: {
    name: 'Shuqiao-Case',
    in: 'header',
    required: false,
    description:
      '办件编号（目的要求时必填），UTF-8 百分号编码 The case reference where the purpose asks for one, percent-encoded UTF-8.',
    schema: { type: 'string' },
  },
} as const;

const refused = {
  description: '拒绝，无数据 A refusal, without data',
  content: {
    'application/json': {
      schema: {
        type: 'object',
        properties: {
          errors: { type: 'array', items: { $ref: '#/components/schemas/HubError' } },
          extensions: { $ref: '#/components/schemas/Extensions' },
        },
        required: ['errors'],
      },
    },
  },
} as const;

const sharedSchemas = { HubError: errorSchema, Extensions: answerExtensionsSchema } as const;
