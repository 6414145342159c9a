import type { ValueNode } from 'graphql';
import type {
  ColumnField,
  ColumnMapping,
  Connect,
  ConnectField,
  Coordinate,
  Register,
} from '../contract/graph.ts';
import type { RowRule } from '../policies/agreement.ts';
import type { Decision } from '../policies/decision.ts';

/**
 * What is decided of one operation for one class of callers, before any fetch: one frozen value. fetch, the record and
 * `explain` read the same plan. Variables, arguments and `@include` are bound at run time and are never part of it.
 */
export interface Plan {
  readonly operationHash: string;
  readonly schemaVersion: string;
  readonly policyFingerprint: string;
  /** Milliseconds since the epoch; at this instant a decision could change by time alone. */
  readonly validUntil: number;
  /** One per selected coordinate, in order of appearance. */
  readonly decisions: readonly PlannedDecision[];
  /** Denials and refused filters to report, one per coordinate. */
  readonly denials: readonly PlannedDenial[];
  readonly roots: readonly EntityRoot[];
  readonly logSearches: readonly LogSearch[];
  readonly verifications: readonly Verification[];
  /** Most residents in one request that every agreement used by the operation allows; 0 where it uses none. */
  readonly pageSize: number;
  /** The operation introspects, and does nothing else. */
  readonly introspection: Introspection | undefined;
  /** False if no `@include` or `@skip` guards anything planned: binding is then skipped. */
  readonly hasGuards: boolean;
}

/** Records of the access log that are asked for under one guard and with the same arguments. */
export interface LogSearch {
  readonly guards: Guards;
  readonly first: ValueNode | undefined;
  /** How often. */
  readonly searches: number;
  /** Fields that the answer can be expected to hold for each record. */
  readonly recordSize: number;
}

/** What is verified under one guard and with the same arguments. What it reads is planned by itself, when its claims are known. */
export interface Verification {
  readonly guards: Guards;
  readonly claims: ValueNode | undefined;
  /** How often: every alias asks about somebody by itself. */
  readonly times: number;
}

export interface Introspection {
  /** `OWN`: what this class of callers may use. `WHOLE`: everything, by role. */
  readonly schema: 'OWN' | 'WHOLE';
  /** Values that the answer can be expected to hold. */
  readonly answerSize: number;
}

/** On the coerced value of a variable. `holds`, `lacks`: it is the text, or a list with it; `lacks` is said of no null. */
export type Condition =
  | { readonly variable: string; readonly is: boolean | null }
  | { readonly variable: string; readonly holds: string }
  | { readonly variable: string; readonly lacks: string };

/** All must hold for the selection to be made. */
export type Guard = readonly Condition[];
/** Any must hold; the empty list is never, `[[]]` is always. */
export type Guards = readonly Guard[];

export interface PlannedDecision {
  /** As selected: `Resident.name`. */
  readonly coordinate: Coordinate;
  /** The field that was decided: `PoliceRecord.name`. */
  readonly field: Coordinate;
  readonly decision: Decision;
  readonly guards: Guards;
}

export interface PlannedDenial {
  readonly coordinate: Coordinate;
  readonly code: 'FIELD_DENIED' | 'FILTER_NOT_AVAILABLE';
  readonly decision: Decision;
  readonly responsePaths: readonly string[];
  readonly guards: Guards;
}

/** One selection of a field of `Query` that gives shared entities by their keys: `residents`, `household`. */
export interface EntityRoot extends EntitySelection {
  /** Of `Query`. */
  readonly field: string;
  readonly isList: boolean;
  /** One of several types of the field: its keys are those representations that are of this type (Apollo Federation, `_entities`). */
  readonly isRepresented: boolean;
  /** Field of the key besides the reference: `number`, `code`. */
  readonly keyName: string | undefined;
  /** Where residents are found instead of named. */
  readonly search?: SearchPlan;
  readonly property: string;
  readonly arguments: ReadonlyMap<string, ValueNode>;
  readonly guards: Guards;
  readonly responsePaths: readonly string[];
}

/**
 * What is selected on a shared entity, by whichever way it is reached: one level of the plan. Its steps read all entities of the
 * level at once.
 */
export interface EntitySelection {
  /** `Resident`. */
  readonly entity: string;
  /** Fields that the answer can be expected to hold for one entity, without what lies beyond relations. */
  readonly answerSize: number;
  /** The opaque reference is computed only where selected. */
  readonly id: Guards;
  /** Where the entity's key is public: the guards of the field that shows it. */
  readonly publicKey: Guards;
  readonly publicKeyName: string | undefined;
  readonly elements: readonly Leaf[];
  /** Plain values of the hub that are made of elements: `Building.location`. */
  readonly values: readonly ValueSelection[];
  readonly records: readonly RecordSelection[];
  /** `Resident.sections`: one selection per department's record. */
  readonly sections: readonly RecordSelection[] | undefined;
  readonly sectionsGuards: Guards;
  readonly relations: readonly RelationSelection[];
  readonly tallies: readonly TallySelection[];
  readonly discrepancies: readonly DiscrepancySelection[];
  readonly steps: readonly Step[];
}

/** One selection of `Resident.discrepancies`. */
export interface DiscrepancySelection {
  readonly property: string;
  readonly guards: Guards;
  /** The argument, and all that it may name. */
  readonly elements: ValueNode | undefined;
  readonly stated: readonly Coordinate[];
  /** Of elements with at least two statements that the caller may read clear. */
  readonly comparisons: readonly Comparison[];
}

export interface Comparison {
  readonly element: Coordinate;
  readonly guards: Guards;
  readonly statements: readonly ComparedStatement[];
}

export interface ComparedStatement {
  readonly leaf: Leaf;
  /** Position of the row's own update time among the step's columns. */
  readonly asOf: number | undefined;
  /** The field by which its record is read: where outages are told. */
  readonly record: Coordinate;
}

export interface ValueSelection {
  readonly property: string;
  readonly typeName: string;
  readonly guards: Guards;
  readonly leaves: readonly Leaf[];
}

/** The way from the entities of one level to those of the next: `Household.members`. Denied ones are not in the plan. */
export interface RelationSelection {
  readonly property: string;
  /** As selected, for errors. */
  readonly coordinate: Coordinate;
  readonly responsePaths: readonly string[];
  readonly department: string;
  readonly rows: 'ONE' | 'MANY';
  readonly guards: Guards;
  /** The step of the parents' level, and its column that holds the key of the related entity. */
  readonly step: number;
  readonly column: number;
  readonly reference: ColumnField;
  /** The step is a read of the way alone, not of a record. */
  readonly hasOwnRead: boolean;
  readonly first: ValueNode | undefined;
  /** Most that one parent can lead to. */
  readonly maxRows: number;
  /** The contract says in which order; else they come in one that tells nothing. */
  readonly isOrdered: boolean;
  readonly entry: Entry | undefined;
  readonly child: EntitySelection;
}

/** A value computed of rows that nobody sees: is the resident the only one in them? */
export interface TallySelection {
  readonly property: string;
  readonly coordinate: Coordinate;
  readonly responsePaths: readonly string[];
  readonly department: string;
  readonly guards: Guards;
  readonly step: number;
  readonly column: number;
  readonly reference: ColumnField;
  readonly maxRows: number;
}

/**
 * Conditions on the related entities themselves: read before anything else of them. Who does not pass is not there, and nobody else is
 * asked about them.
 */
export interface Entry {
  readonly rules: readonly RowRule[];
  readonly attributes: ReadonlyMap<string, AttributeRef>;
  /** Gate reads, and keys that they need. Not among the steps of the level, which only know who has passed. */
  readonly steps: readonly Step[];
}

/** How residents are found: what of the connection is selected, and the registers that the caller may list. */
export interface SearchPlan {
  readonly where: ValueNode | undefined;
  readonly first: ValueNode | undefined;
  readonly after: ValueNode | undefined;
  /** Under which people are listed, as nodes, edges or page information. */
  readonly page: Guards;
  readonly edges: Guards;
  readonly cursors: Guards;
  readonly total: Guards;
  /** In the graph's order. Empty: none is permitted. */
  readonly lists: readonly ListPlan[];
}

/** One register that the caller may list. */
export interface ListPlan {
  readonly register: Register;
  /** Of the register among the graph's. */
  readonly index: number;
  /** Who may be listed: pushed down, or the list would be refused. */
  readonly rule: RowRule | undefined;
  /** By coordinate: every field by which the register can be searched, and what this caller may do with it. */
  readonly filters: ReadonlyMap<Coordinate, FilterPlan>;
  /** Who may be counted beyond `rule`; DENIED: nobody. */
  readonly count: { readonly rule: RowRule | undefined } | 'DENIED';
}

export interface FilterPlan {
  readonly field: ColumnField;
  readonly decision: Decision;
  /** Readable clear, where all conditions of the decision's rule can be pushed into the list. */
  readonly isAvailable: boolean;
}

/** One read of one record type, for all entities of the level at once. */
export interface Step {
  readonly index: number;
  readonly connect: ConnectField;
  /** What the record is told of it: data, or columns that a rule or a key needs. */
  readonly role: 'data' | 'gate' | 'key';
  readonly guards: Guards;
  readonly columns: readonly StepColumn[];
  /** Conditions that the source applies itself; every returned row is checked against them again. */
  readonly pushed: RowRule | undefined;
  /** Conditions on other records of the same resident: read first, asked about passing residents alone. */
  readonly gates: readonly RowRule[];
  /** Hidden columns by attribute: where `gates`, `pushed`, keys and routes find their values. */
  readonly attributes: ReadonlyMap<string, AttributeRef>;
  /** Steps that must be read before this one. */
  readonly needs: readonly number[];
  readonly filters: readonly StepFilter[];
  readonly first: ValueNode | undefined;
  /** By source: the part of its order that this caller may know. Absent: the source's own order. */
  readonly order: ReadonlyMap<string, Connect['order']>;
}

/** A stored column, asked once however many fields are made of it. */
export interface StepColumn {
  /** By source; `*` where the source is not named. */
  readonly names: Readonly<Record<string, string>>;
  readonly guards: Guards;
}

export interface AttributeRef {
  readonly step: number;
  readonly column: number;
  readonly field: ColumnField;
}

/** An equality filter of a list: argument value, bound at run time. */
export interface StepFilter {
  readonly field: ColumnField;
  readonly value: ValueNode;
}

/** A leaf that is shown. */
export interface Leaf {
  readonly property: string;
  /** As selected, for errors. */
  readonly coordinate: Coordinate;
  readonly responsePaths: readonly string[];
  readonly step: number;
  readonly column: number;
  readonly field: ColumnField;
  readonly mask: string | undefined;
  readonly guards: Guards;
}

/** A selection on a department's record type. */
export interface RecordSelection {
  readonly property: string;
  readonly coordinate: Coordinate;
  readonly responsePaths: readonly string[];
  readonly typeName: string;
  readonly department: string;
  readonly rows: 'ONE' | 'MANY' | 'GROUP';
  /** What of the hub's own fields is selected of it, under whichever guards. */
  readonly says: RecordSays;
  readonly guards: Guards;
  /** One per step that contributes; a list has one at most. Empty: nothing of the row itself is read. */
  readonly parts: readonly RecordPart[];
  readonly children: readonly RecordSelection[];
}

/** `RecordSection`: which department, which source, as of when, read when. */
export interface RecordSays {
  readonly department: boolean;
  readonly source: boolean;
  readonly asOf: boolean;
  readonly readAt: boolean;
}

export interface RecordPart {
  readonly step: number;
  /** Under which something of this part is shown. The step may be read for others' sake too. */
  readonly guards: Guards;
  readonly leaves: readonly Leaf[];
  readonly embedded: readonly EmbeddedSelection[];
  /** Position of the row's own update time among the step's columns. */
  readonly asOf: number | undefined;
}

/** A nested object or list inside the row. Leaves of a list hold columns whose values are aligned by item. */
export interface EmbeddedSelection {
  readonly property: string;
  readonly typeName: string;
  readonly isList: boolean;
  readonly leaves: readonly Leaf[];
  readonly embedded: readonly EmbeddedSelection[];
  readonly guards: Guards;
}

/** The mapping that a source uses for a field. */
export function mappingFor(field: ColumnField, source: string): ColumnMapping | undefined {
  return field.columns[source] ?? field.columns['*'];
}
