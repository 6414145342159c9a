import type { KeyPart } from '../contract/graph.ts';
import type { BoundRules, BoundStep } from '../plan/bound-plan.ts';
import { type AttributeRef, mappingFor } from '../plan/plan.ts';
import type { AttributeValue } from '../policies/row-rule.ts';
import type { EntityKey } from '../resident/entity-key.ts';
import { type DecodeNotes, decoderOf } from './decode-value.ts';
import type { ReadLoader } from './read-loader.ts';

/** A row of one entity, its values aligned to the step's columns (undefined where not asked). */
export interface FetchedRow {
  readonly values: readonly unknown[];
  readonly source: string;
  readonly readAt: string;
}

/** ACCESS_UNCHECKED: what a gate looks at could not be read, so that nobody knows whether the caller may see the record. */
export type Failure = 'SOURCE_UNAVAILABLE' | 'SOURCE_FAULT' | 'ACCESS_UNCHECKED';

/** What a step brought, by position of the entity. */
export interface StepRows {
  readonly rows: readonly (readonly FetchedRow[] | undefined)[];
  /** Entities whose rows could not be read, for certain or not. */
  readonly failures: ReadonlyMap<number, Failure>;
  /** Entities of whom a source keeps two rows where one was declared. */
  readonly ambiguous: ReadonlySet<number>;
}

export interface StepContext {
  readonly requestId: string;
  readonly loader: ReadLoader;
  readonly today: string;
  readonly notes: DecodeNotes;
  /** As in FetchOptions. */
  readonly hidesFaults: boolean;
}

/** Rows by position of the entity. */
export type RowsByEntity = (FetchedRow[] | undefined)[];

export interface DecodingState {
  readonly context: Pick<StepContext, 'today' | 'notes'>;
}

export type OwnKeys = Map<KeyPart['from']['kind'], CollectedKeys | undefined>;

/** Distinct keys, by column as connectors take them, and who asks by each. */
export interface CollectedKeys {
  readonly keys: readonly (readonly string[])[];
  readonly count: number;
  /** Positions of entities, by key; undefined where the i-th key is the i-th entity's. */
  readonly askers: readonly (readonly number[])[] | undefined;
}

/** Mutable while one step runs. */
export interface StepState extends DecodingState {
  readonly bound: BoundStep;
  readonly rules: BoundRules;
  readonly entities: readonly EntityKey[];
  /** Their own identifiers, by kind, as far as a source was asked by them: shared by the steps of a level. */
  readonly ownKeys: OwnKeys;
  readonly context: StepContext;
  readonly needed: ReadonlyMap<number, StepRows>;
  readonly failures: Map<number, Failure>;
  readonly ambiguous: Set<number>;
}

/** The value of a hidden column as rules and keys see it. */
export function decodeAttribute(
  state: DecodingState,
  ref: AttributeRef,
  source: string,
  values: readonly unknown[],
): AttributeValue {
  const { today, notes } = state.context;
  const mapping = mappingFor(ref.field, source);
  return mapping ? decoderOf(ref.field, mapping, today)(values[ref.column], notes) : null;
}
