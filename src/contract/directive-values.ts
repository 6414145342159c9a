/**
 * The directives of `schema/core/directives.graphql` as they are after coercion: defaults filled in, absent members
 * absent. `tests/contract-files/` holds this file and the SDL together by composing the founding departments.
 */

export interface DirectiveValues {
  readonly department: DepartmentValues;
  readonly source: SourceValues;
  readonly codeTable: CodeTableValues;
  readonly code: { readonly table: string; readonly is: readonly string[] };
  readonly key: { readonly fields: string };
  readonly connect: ConnectValues;
  readonly from: FromValues;
  readonly derive: { readonly as: 'AGE' | 'IS_MINOR' | 'YEAR' | 'IS_ALONE' };
  readonly share: ShareValues;
  readonly authority: { readonly element: string };
  readonly states: { readonly element: string };
  readonly filterable: { readonly element?: string };
  readonly register: { readonly kind: 'REGISTERED' | 'FLOATING' };
}

export type DirectiveName = keyof DirectiveValues;

export interface DepartmentValues {
  readonly name: string;
  readonly title: string;
  readonly prefix: string;
}

export interface SourceValues {
  readonly name: string;
  readonly department: string;
  readonly postgres?: SqlSourceValues;
  readonly mysql?: SqlSourceValues;
  readonly http?: HttpSourceValues;
  readonly graphql?: HttpSourceValues;
  readonly deadlineMs: number;
  readonly concurrency: number;
  readonly batch: number;
  readonly charset?: string;
}

export interface SqlSourceValues {
  readonly credential: string;
  readonly columnCharsets?: readonly { readonly column: string; readonly charset: string }[];
}

export interface HttpSourceValues {
  readonly credential: string;
  readonly maxResponseBytes: number;
}

export interface CodeTableValues {
  readonly name: string;
  readonly codes: readonly { readonly code: string; readonly is: string }[];
}

export interface ConnectValues {
  readonly source: string;
  readonly rows: 'ONE' | 'MANY';
  readonly key: readonly KeyPartValues[];
  readonly sql?: { readonly table: string };
  readonly http?: HttpTargetValues;
  readonly graphql?: GraphqlTargetValues;
  readonly where: readonly { readonly column: string; readonly in: readonly string[] }[];
  readonly order: readonly { readonly column: string; readonly direction: 'ASC' | 'DESC' }[];
  readonly maxRows: number;
  readonly asOf?: { readonly column: string; readonly format: FormatName };
  readonly route?: { readonly via: string; readonly prefixes: readonly string[] };
}

export interface KeyPartValues {
  readonly from?: string;
  readonly via?: string;
  readonly column: string;
  readonly forms: readonly ('CITIZEN_15' | 'LOWER_X' | 'FULL_WIDTH' | 'PADDED')[];
  readonly codes?: string;
}

export interface HttpTargetValues {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query: readonly { readonly name: string; readonly value: string }[];
  readonly body?: string;
  readonly batch: number;
  readonly result: string;
  readonly success?: { readonly path: string; readonly values: readonly string[] };
  readonly paging?: {
    readonly kind: 'PAGE' | 'OFFSET' | 'CURSOR';
    readonly size: number;
    readonly maxPages: number;
    readonly total?: string;
    readonly next?: string;
    readonly firstPage: number;
  };
  readonly filters: readonly PushedFilterValues[];
  readonly emptyStatuses: readonly number[];
}

export interface GraphqlTargetValues {
  readonly entities?: string;
  readonly query?: { readonly field: string; readonly argument: string };
  readonly batch: number;
  readonly filters: readonly PushedFilterValues[];
}

export interface PushedFilterValues {
  readonly column: string;
  readonly op: 'EQ' | 'IN' | 'PREFIX';
  readonly param: string;
}

export interface FromValues {
  readonly column?: string;
  readonly path?: string;
  readonly source?: string;
  readonly codes?: string;
  readonly format?: FormatName;
}

/** As SDL can spell it; `yyyy_MM_dd` stands for `yyyy-MM-dd`. */
export type FormatName =
  | 'yyyyMMdd'
  | 'yyyy_MM_dd'
  | 'yyyyMM'
  | 'yyyy_MM'
  | 'yyyyMMddHHmmss'
  | 'ISO'
  | 'epochMillis'
  | 'fen'
  | 'yuan'
  | 'flag';

export interface ShareValues {
  readonly as: 'UNCONDITIONAL' | 'CONDITIONAL' | 'NON_SHARED';
  readonly level: number;
  readonly mask?: 'NAME' | 'CITIZEN_ID' | 'YEAR' | 'YEAR_MONTH' | 'PHONE' | 'ADDRESS' | 'BAND' | 'REDACT';
  readonly personLevel: boolean;
  readonly basis?: string;
  readonly gate: boolean;
}
