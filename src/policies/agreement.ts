/** An agreement (共享协议) between a consumer and a provider, as stored: one row each, from the first day. */
export interface Agreement {
  /** `AGR-2026-0001`. Together with the grant's position it is the id of a rule: `AGR-2026-0001#2`. */
  readonly id: string;
  /** Counts up with each import of the same id; the record names id and version. */
  readonly version: number;
  readonly title: string;
  readonly consumer: {
    readonly department: string;
    /** Clients that may use it. */
    readonly clients: readonly string[];
    /** If present, the subject must have one of them. */
    readonly roles?: readonly string[];
    /** If true, an officer must be named by the token. */
    readonly officerRequired?: boolean;
  };
  /** The department that owns every field granted here. */
  readonly provider: string;
  readonly purpose: string;
  /** 依据, scene, and manner of use, in words. */
  readonly legalBasis: string;
  readonly scene?: string;
  readonly grants: readonly Grant[];
  /** AND-ed with each grant's own. Absent: every row. */
  readonly rowScope?: RowRule;
  /** RFC 3339 instants; from inclusive, until exclusive. */
  readonly validFrom: string;
  readonly validUntil: string;
  readonly status: 'ACTIVE' | 'SUSPENDED' | 'REVOKED';
  readonly quota?: { readonly requestsPerDay: number };
  /** Residents in one request; 100 by default. */
  readonly pageSize: number;
}

export interface Grant {
  /** Coordinates of the provider's fields: `PoliceRecord.name`; for `search` and `count` of its registers. Never a wildcard. */
  readonly fields: readonly string[];
  readonly operation: Operation;
  /** For `readMasked`; the field's own mask if absent. */
  readonly mask?: string;
  readonly rowScope?: RowRule;
}

/**
 * `search` and `count` are granted on registers (`Resident.police`): to list and find people in it, to be told how many there are. What is
 * seen of those who are found is granted field by field.
 */
export type Operation = 'read' | 'readMasked' | 'verify' | 'search' | 'count';

/**
 * A rule on rows. Attributes are coordinates: a column field of the record that is read, of another one-row record of the same
 * resident, or an element (`Resident.divisionCode`). An absent attribute never matches. There is no negation.
 */
export type RowRule =
  | { readonly op: 'eq'; readonly attribute: string; readonly value: RuleValue }
  | { readonly op: 'in'; readonly attribute: string; readonly values: readonly RuleValue[] }
  | { readonly op: 'prefix'; readonly attribute: string; readonly value: RuleValue }
  | {
      readonly op: 'range';
      readonly attribute: string;
      readonly gte?: RuleValue;
      readonly gt?: RuleValue;
      readonly lte?: RuleValue;
      readonly lt?: RuleValue;
    }
  | { readonly op: 'and' | 'or'; readonly rules: readonly RowRule[] };

/** Constants, or what is bound at run time. A term that cannot be bound (no region in the token) makes its rule false. */
export type RuleValue =
  | string
  | number
  | boolean
  | { readonly subject: 'region' | 'department' | 'case' }
  /** The date so many years before today (China Standard Time): `birthDate lte yearsAgo 18` is an adult. */
  | { readonly yearsAgo: number };

/** 使用目的. */
export interface Purpose {
  readonly code: string;
  readonly title: string;
  readonly caseRequired: boolean;
}

/** A registered client (应用). */
export interface Client {
  readonly id: string;
  readonly department: string;
  readonly title: string;
  /** 受托方, where a vendor operates it. */
  readonly vendor?: string;
  /** It may send registered operations alone: whatever else it sends is refused. */
  readonly registeredOnly: boolean;
  readonly status: 'ACTIVE' | 'SUSPENDED';
}

/** A registered operation (服务): a document that clients send by its hash, or call as `/services/{code}`. */
export interface RegisteredOperation {
  readonly code: string;
  readonly title: string;
  /** One GraphQL query. */
  readonly document: string;
  /** SHA-256 over the document's UTF-8 bytes, hex. */
  readonly hash: string;
  /** Absent: every client. */
  readonly clients?: readonly string[];
  readonly status: 'ACTIVE' | 'SUSPENDED';
}
