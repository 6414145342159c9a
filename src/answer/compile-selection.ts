import {
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import {
  collectResponses,
  type GuardedSelection,
  isAlways,
  propertyOf,
  type ResponseField,
} from '../plan/collect-fields.ts';
import type { Guards } from '../plan/plan.ts';
import type { Operation } from '../plan/prepare-operation.ts';
import type { ByteWriter } from './byte-writer.ts';

export type IsActive = (guards: Guards) => boolean;

/** Writes one value that fetch left, as the selection below its field asks for it. */
export type WriteValue = (out: ByteWriter, value: unknown, isActive: IsActive) => void;

export interface AnswerContext {
  readonly schema: GraphQLSchema;
  readonly operation: Pick<Operation, 'fragments' | 'propertyNames'>;
}

/** What the plan left for a field: a leaf, an object, or a list of either. */
export function compileValue(
  context: AnswerContext,
  type: GraphQLOutputType,
  selections: readonly GuardedSelection[],
): WriteValue {
  const named = getNamedType(type);
  const writeItem: WriteValue = isCompositeType(named)
    ? compileComposite(context, named.name, selections)
    : (out, value) => out.value(value);
  const write: WriteValue = (out, value, isActive) => {
    if (value === null || value === undefined) out.raw(nothing);
    else if (Array.isArray(value)) writeList(out, value, writeItem, isActive);
    else writeItem(out, value, isActive);
  };
  return isNonNullType(type) ? refuseNull(write) : write;
}

function writeList(
  out: ByteWriter,
  items: readonly unknown[],
  writeItem: WriteValue,
  isActive: IsActive,
): void {
  out.raw(listBegin);
  for (let index = 0; index < items.length; index++) {
    if (index > 0) out.raw(comma);
    const item = items[index];
    if (item === null || item === undefined) out.raw(nothing);
    else writeItem(out, item, isActive);
  }
  out.raw(listEnd);
}

/** The hub's own fields are the only ones that promise a value. */
function refuseNull(write: WriteValue): WriteValue {
  return (out, value, isActive) => {
    if (value === null || value === undefined) throw new TypeError('a field that is never null has no value');
    write(out, value, isActive);
  };
}

/** Objects, each by its type: where a field can give several, `__typename` says which. */
function compileComposite(
  context: AnswerContext,
  typeName: string,
  selections: readonly GuardedSelection[],
): WriteValue {
  const { schema } = context;
  const type = schema.getType(typeName);
  if (!isAbstractType(type)) return compileObject(context, typeName, selections);
  const writers = new Map(
    schema.getPossibleTypes(type).map(({ name }) => [name, compileObject(context, name, selections)]),
  );
  return (out, value, isActive) => {
    const write = writers.get(String(objectOf(value)['__typename']));
    if (!write) throw new TypeError(`an object of ${typeName} has no known type`);
    write(out, value, isActive);
  };
}

interface FieldWriter {
  /** Undefined: always selected. */
  readonly guards: Guards | undefined;
  /** The name with its colon, and with a comma before it. */
  readonly first: Uint8Array;
  readonly next: Uint8Array;
  readonly property: string;
  readonly write: WriteValue;
}

export function compileObject(
  context: AnswerContext,
  typeName: string,
  selections: readonly GuardedSelection[],
): WriteValue {
  const { schema, operation } = context;
  const fields = collectResponses(schema, operation.fragments, typeName, selections).map((field) =>
    compileField(context, typeName, field),
  );
  return (out, value, isActive) => {
    const object = objectOf(value);
    let isFirst = true;
    out.raw(objectBegin);
    for (let index = 0; index < fields.length; index++) {
      const field = fields[index];
      if (!field || (field.guards && !isActive(field.guards))) continue;
      out.raw(isFirst ? field.first : field.next);
      isFirst = false;
      field.write(out, object[field.property], isActive);
    }
    out.raw(objectEnd);
  };
}

function compileField(context: AnswerContext, typeName: string, field: ResponseField): FieldWriter {
  const { responseName, guards, name } = field;
  return {
    guards: isAlways(guards) ? undefined : guards,
    first: Buffer.from(`${JSON.stringify(responseName)}:`),
    next: Buffer.from(`,${JSON.stringify(responseName)}:`),
    property: propertyOf(context.operation.propertyNames, field),
    write: name === '__typename' ? writeName(typeName) : compileFieldValue(context, typeName, field),
  };
}

function writeName(typeName: string): WriteValue {
  const bytes = Buffer.from(JSON.stringify(typeName));
  return (out) => out.raw(bytes);
}

function compileFieldValue(context: AnswerContext, typeName: string, field: ResponseField): WriteValue {
  const type = context.schema.getType(typeName);
  const definition = isObjectType(type) ? type.getFields()[field.name] : undefined;
  if (!definition) throw new TypeError('a validated operation selects fields that exist');
  return compileValue(context, definition.type, field.selections);
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new TypeError('an object is expected');
  // Plain objects of fetch.
  return value as Readonly<Record<string, unknown>>;
}

const nothing = Buffer.from('null');
const comma = Buffer.from(',');
const listBegin = Buffer.from('[');
const listEnd = Buffer.from(']');
const objectBegin = Buffer.from('{');
const objectEnd = Buffer.from('}');
