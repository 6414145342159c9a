/** Roles that open the hub's own fields: an issuer has to be trusted with each of them. */
export const hubRoles = ['auditor', 'developer', 'operator'] as const;

export type HubRole = (typeof hubRoles)[number];

/** Who asks, as verified from the token. Nothing here comes from the request's body or headers. */
export interface Subject {
  /** The registered client (应用). */
  readonly client: string;
  /** Department or authorised organisation that the client belongs to (使用部门). */
  readonly department: string;
  /** The officer (经办人) on whose behalf the client asks; counts only from the officer's own department's issuer. */
  readonly officer?: string;
  /** Sorted, distinct. */
  readonly roles: readonly string[];
  /** Purposes that the token allows; the request picks one of them. */
  readonly purposes: readonly string[];
  /** Administrative division (GB/T 2260 or longer) to which the caller's duties are bound. */
  readonly region?: string;
  readonly issuer: string;
  /** `jti` of the token, recorded. */
  readonly tokenId: string;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

/** A subject with the purpose (and case) that it picked for one request. */
export interface Caller {
  readonly subject: Subject;
  readonly purpose: string;
  /** 办件编号. Checked for form, and against identity numbers, before it gets here. */
  readonly caseReference?: string | undefined;
}
