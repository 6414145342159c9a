import type { GraphQLSchema } from 'graphql';
import type { KeyColumn, SourceSettings, Target } from '../connectors/connector.ts';

/**
 * The composed graph: what `composeGraph` makes of the contract files. Plain frozen data beside the schema; the
 * planner reads nothing else.
 */
export interface Graph {
  /** The public schema: hub types and departments' types, without resolvers. */
  readonly schema: GraphQLSchema;
  /** `sha256:` over the normalised SDL of all files. */
  readonly version: string;
  readonly departments: ReadonlyMap<string, Department>;
  readonly sources: ReadonlyMap<string, SourceSettings>;
  /** Every field of every department's type, and the departments' fields on shared entities, by coordinate. */
  readonly fields: ReadonlyMap<Coordinate, FieldMapping>;
  /**
   * `Resident.name` → the field that claims it (数源): `PoliceRecord.name`. Relations too: `Household.members` →
   * `PoliceHouseholdRecord.members`.
   */
  readonly elements: ReadonlyMap<Coordinate, Coordinate>;
  /**
   * `Resident.name` → every field that states it, that of the authority first. Only elements that at least two fields state; of each, at
   * most one row for an entity.
   */
  readonly statements: ReadonlyMap<Coordinate, readonly Coordinate[]>;
  /** What people can be found in, in the order in which it is listed: registered population (户籍人口) first, then floating (流动人口). */
  readonly registers: readonly Register[];
  /** The shared entities, by type: `Resident`, `Household`. */
  readonly entities: ReadonlyMap<string, EntityShape>;
  /**
   * From each department's object type, nested ones too, to the entity field below which it is reached: `PoliceRecord`,
   * `PoliceHousehold` → `Resident.police`.
   */
  readonly sections: ReadonlyMap<string, Coordinate>;
}

/** A record type that can be listed (实有人口). */
export interface Register {
  readonly connect: ConnectField;
  readonly kind: RegisterKind;
  /** Name of a shared element → the field of the register's type at which a search by that element looks. */
  readonly elements: Readonly<Record<string, Coordinate>>;
}

export type RegisterKind = 'REGISTERED' | 'FLOATING';

/** A thing that several departments know of (共享对象). */
export interface EntityShape {
  readonly name: string;
  /** The field that holds its key for all to see (`code`); absent where `id` holds the hub's opaque reference. */
  readonly publicKey?: string;
  /** As contracts name it in `key: [{ from: "number" }]`; absent for residents, who have identifiers. */
  readonly keyName?: string;
}

/** `Type.field`, the field's own parent type: never a response key. */
export type Coordinate = `${string}.${string}`;

export interface Department {
  readonly name: string;
  /** 公安 … */
  readonly title: string;
  /** `Police`: the prefix of all its types. */
  readonly prefix: string;
}

interface FieldBase {
  readonly coordinate: Coordinate;
  readonly parentType: string;
  readonly name: string;
  /** The field's named type, without list and non-null. */
  readonly typeName: string;
  readonly department: string;
}

/** A leaf, read from a column of the row, or of the item where its type is that of a nested list. Never a list itself. */
export interface ColumnField extends FieldBase {
  readonly kind: 'column';
  /** Absent: not shared. */
  readonly share?: Share;
  /** By source name; `*` for every source that is not named. */
  readonly columns: Readonly<Record<string, ColumnMapping>>;
  /** The value is computed from the column (`age` from the birth date); the owner classified the result itself. */
  readonly derive?: Derivation;
  /** The shared element it is the authority for (数源). */
  readonly element?: Coordinate;
  /** The shared element that it states beside its authority. */
  readonly states?: Coordinate;
  /** May be an equality filter of the list it belongs to, an attribute of row rules, and a filter of its register. */
  readonly isFilterable: boolean;
  /** The shared element of which a search over its register speaks when it looks at this field, its authority or not. */
  readonly searchElement?: Coordinate;
}

/**
 * A nested object or list of objects inside the same row. For an object the paths of its columns, and of what is nested in
 * it, already include its own: `CivilAffairsAssistance.kind` is at `assistance.kind`. For a list they are relative to the
 * item: `JusticeParty.name` is at `name` of each item of `parties`. Nested objects hold no records (`connect`).
 */
export interface EmbeddedField extends FieldBase {
  readonly kind: 'embedded';
  readonly isList: boolean;
  /**
   * Path within the row, or within the item of the list around it; `''` for columns of the row itself grouped under a name,
   * which is the only nesting that rows of a database have. Lists have a path.
   */
  readonly path: string;
}

/** Read on its own, by key: `Resident.police`, `JusticeRecord.mediationCases`. */
export interface ConnectField extends FieldBase {
  readonly kind: 'connect';
  readonly rows: 'ONE' | 'MANY';
  /** One or several sources that serve the same type. */
  readonly connects: readonly Connect[];
  /** Equality filters: argument name (= field name of the row type) → that field's coordinate. */
  readonly filters: Readonly<Record<string, Coordinate>>;
  /** Its rows can be listed. One source, of a kind that lists, by a key of one column. */
  readonly register?: RegisterKind;
}

/** A section without a row of its own: only lists below it. */
export interface GroupField extends FieldBase {
  readonly kind: 'group';
}

/** Added by the hub to each record: `department`, `source`, `asOf`, `readAt`. Permitted wherever any field of the record is. */
export interface MetaField extends FieldBase {
  readonly kind: 'meta';
  readonly name: 'department' | 'source' | 'asOf' | 'readAt';
}

/**
 * Leads to another shared entity by its key: `PoliceRecord.household` by a column of the record's own row,
 * `PoliceHouseholdRecord.members` by the rows of a read of its own. Asked at the entity, as the element it claims, and
 * nowhere else: it is no part of the public schema.
 */
export interface RelationField extends FieldBase {
  readonly kind: 'relation';
  readonly rows: 'ONE' | 'MANY';
  /** Absent: not shared. */
  readonly share?: Share;
  readonly element?: Coordinate;
  /** The column with the key of the other entity. Read and followed, never shown. */
  readonly reference: ColumnField;
  /** Its own read, one row for each related entity; absent where the column lies in the row of the record. */
  readonly read?: ConnectField;
}

/**
 * A value that the hub computes of rows read on their own, none of which is shown: `PoliceResidence.livesAlone`. Asked at the entity,
 * like a relation.
 */
export interface TallyField extends FieldBase {
  readonly kind: 'tally';
  readonly share?: Share;
  readonly element?: Coordinate;
  /** The column that says whose row it is. */
  readonly reference: ColumnField;
  readonly read: ConnectField;
}

/** What an owner shares on terms: a value, or a way to another entity. */
export type SharedField = ColumnField | RelationField | TallyField;

export type FieldMapping =
  | ColumnField
  | EmbeddedField
  | ConnectField
  | GroupField
  | MetaField
  | RelationField
  | TallyField;

export interface Connect {
  readonly source: string;
  readonly target: Target;
  readonly key: readonly KeyPart[];
  /**
   * Mandatory filter, pushed down always: sealed (封存) rows never leave the department. Stored values. `eq` has one value;
   * `in` may have one, too, where that is the only filter that the endpoint declares for the column.
   */
  readonly where: readonly {
    readonly column: string;
    readonly op: 'eq' | 'in';
    readonly values: readonly string[];
  }[];
  readonly order: readonly { readonly column: string; readonly direction: 'ASC' | 'DESC' }[];
  readonly maxRows: number;
  /** The row's own update time. */
  readonly asOf?: ColumnMapping;
  /** Which residents this source serves; absent: all are asked. */
  readonly route?: { readonly via: Coordinate; readonly prefixes: readonly string[] };
}

export interface KeyPart extends KeyColumn {
  readonly from: KeyOrigin;
  /** Hub value → stored value, for coded parts such as the identifier's type. */
  readonly codes?: Readonly<Record<string, string>>;
}

export type KeyOrigin =
  /** 公民身份号码 in canonical form; residents named by another identifier have no key here. */
  | { readonly kind: 'citizenId' }
  | { readonly kind: 'identifierType' }
  | { readonly kind: 'identifierValue' }
  /** The key of an entity that is no resident: a household number, the code of a building. */
  | { readonly kind: 'entityKey' }
  /** A field of another record of the same resident, read first and not shown: `PoliceRecord.householdNumber`. */
  | { readonly kind: 'field'; readonly coordinate: Coordinate };

export interface ColumnMapping {
  /** Column name, or dot path within the row (within the item, for the type of a nested list). */
  readonly column: string;
  /** Stored code → enum value or text. An unknown code is null and a counted finding. */
  readonly codes?: Readonly<Record<string, string>>;
  /** Always there for Date, DateTime and Month. */
  readonly format?: ValueFormat;
}

/** How dates, times and numbers are stored. Text without a format stays as it is, trimmed. */
export type ValueFormat =
  | 'yyyyMMdd'
  | 'yyyy-MM-dd'
  | 'yyyyMM'
  | 'yyyy-MM'
  | 'yyyyMMddHHmmss'
  | 'ISO'
  | 'epochMillis'
  | 'fen'
  | 'yuan'
  | 'flag';

export type Derivation = 'AGE' | 'IS_MINOR' | 'YEAR';

/** 共享属性 of a field, in the owner's own words. */
export interface Share {
  readonly as: 'UNCONDITIONAL' | 'CONDITIONAL' | 'NON_SHARED';
  /** Sub-level of general data (GB/T 43697), from the jurisdiction profile. */
  readonly level: number;
  /** The mask for `readMasked` grants that name none. */
  readonly mask?: MaskKind;
  /** NON_SHARED: the legal basis, of at least State Council rank. */
  readonly basis?: string;
  /** May other departments' row rules use it in a gate read? */
  readonly isGate: boolean;
}

export type MaskKind =
  | 'NAME'
  | 'CITIZEN_ID'
  | 'YEAR'
  | 'YEAR_MONTH'
  | 'PHONE'
  | 'ADDRESS'
  | 'BAND'
  | 'REDACT';

/** One problem of one contract file. All problems of all files are reported at once. */
export interface ContractProblem {
  readonly file: string;
  /** 1-based; 0 when the whole file is meant. */
  readonly line: number;
  /** Stable name of the rule: `realm`, `unknown-source`, `two-authorities` … listed in `docs/contract.md`. */
  readonly rule: string;
  readonly message: string;
}

export interface ContractFile {
  readonly name: string;
  readonly text: string;
}
