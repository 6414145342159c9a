import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import type { RegisteredOperation } from '../../src/policies/agreement.ts';
import { hashDocument } from '../../src/policies/operation-catalogue.ts';
import { describeServices } from '../../src/services/describe-services.ts';
import { composeDemo } from '../policies/demo.ts';

const { schema } = composeDemo();
const register = (code: string, document: string): RegisteredOperation => ({
  ...{ code, title: code, document, hash: hashDocument(document), status: 'ACTIVE' },
});
const describeAll = (...operations: RegisteredOperation[]) =>
  // A document is looked at by tools, and here by its paths.
  // biome-ignore lint/suspicious/noExplicitAny: its shape is what is tested
  describeServices({ operations, schema, version: 'sha256:0' }) as any;

const wide = register(
  'wide',
  `query Wide($ids: [ResidentIdentifier!]!, $first: Int = 5, $type: IdentifierType) {
    people: residents(identifiers: $ids) {
      ...Person police { sex asOf } again: police { __typename }
      sections { department ... on JusticeRecord { legalAidCount } }
      justice { mediationCases(first: $first) { parties { name } } }
    }
    resident(identifier: { type: $type, value: "x" }) { id age }
  }
  fragment Person on Resident { birthDate police { phone } }`,
);

describe('the OpenAPI document of the registered operations', () => {
  it('is valid OpenAPI 3.1', async () => {
    const result = await new Validator().validate(describeAll(wide, register('small', '{ __typename }')));
    expect(result).toMatchObject({ valid: true });
  });

  it('takes the variables and nothing else, required where the operation requires them', () => {
    const document = describeAll(wide);
    const body = document.paths['/services/wide'].post.requestBody.content['application/json'].schema;
    expect(body).toMatchObject({ required: ['ids'], additionalProperties: false });
    expect(Object.keys(body.properties)).toEqual(['ids', 'first', 'type']);
    expect(body.properties.first).toMatchObject({ default: 5 });
    const accepts = compile(document, body);
    expect(accepts({ ids: [{ value: 'x' }], first: null, type: 'PASSPORT' })).toBe(true);
    for (const wrong of [{}, { ids: 'x' }, { ids: [{}] }, { ids: [], other: 1 }, { ids: [], type: 'CARD' }]) {
      expect([wrong, accepts(wrong)]).toEqual([wrong, false]);
    }
  });

  it('answers with what is selected, by response name, null wherever the schema allows it', () => {
    const document = describeAll(wide);
    const answer = document.paths['/services/wide'].post.responses[200].content['application/json'].schema;
    const accepts = compile(document, answer);
    const extensions = { requestId: '0c0b3c5c-6a5c-4d0b-9d49-5a9a4c7b1a55' };
    const person = {
      birthDate: '1990',
      police: { sex: 'MALE', phone: null, asOf: '2026-01-01T00:00:00Z' },
      again: { __typename: 'PoliceRecord' },
      sections: [{ department: 'police' }, { department: 'justice', legalAidCount: 2 }],
      justice: { mediationCases: [{ parties: [{ name: '张*' }] }] },
    };
    expect(accepts({ data: { people: [person, null], resident: null }, extensions })).toBe(true);
    expect(accepts({ data: null, errors: [], extensions })).toBe(true);
    for (const wrong of [
      { birthDate: 7 },
      { police: { sex: 'HORSE' } },
      { justice: { mediationCases: {} } },
    ]) {
      expect([wrong, accepts({ data: { people: [wrong] }, extensions })]).toEqual([wrong, false]);
    }
  });

  it('leaves out an operation that the graph can no longer execute', () => {
    const document = describeAll(
      register('gone', '{ nobody }'),
      register('typeless', 'query ($a: Gone) { __typename }'),
    );
    expect(document.paths).toEqual({});
  });
});

function compile(document: { components: object }, part: object): (value: unknown) => boolean {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const validate = ajv.compile({ ...part, components: document.components });
  return (value) => validate(value) === true;
}
