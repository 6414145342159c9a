/**
 * The one table of what can go wrong, and the one error class that carries it.
 *
 * `docs/errors.md` lists exactly these codes (a test holds the two equal).
 */

interface ErrorRow {
  /** HTTP status of the response when this error ends the whole request; 200 for errors that stand beside data. */
  readonly status: number;
  /** May the same request succeed later without a change by the caller? */
  readonly retryable: boolean;
  readonly zh: string;
  readonly en: string;
}

const table = {
  UNAUTHENTICATED: {
    status: 401,
    retryable: false,
    zh: '缺少有效的访问令牌。请在 Authorization 头中提供 Bearer 令牌。',
    en: 'A valid access token is required. Send it as a Bearer token in the Authorization header.',
  },
  TOKEN_EXPIRED: {
    status: 401,
    retryable: false,
    zh: '访问令牌已过期，请重新获取。',
    en: 'The access token has expired. Obtain a new one.',
  },
  CLIENT_SUSPENDED: {
    status: 403,
    retryable: false,
    zh: '该应用未登记或已被停用。',
    en: 'This client is not registered or has been suspended.',
  },
  PURPOSE_REQUIRED: {
    status: 400,
    retryable: false,
    zh: '请求未说明使用目的。请在 Shuqiao-Purpose 头中填写目的代码。',
    en: 'The request states no purpose. Name its code in the Shuqiao-Purpose header.',
  },
  PURPOSE_NOT_ALLOWED: {
    status: 403,
    retryable: false,
    zh: '令牌不允许此使用目的。',
    en: 'The token does not allow this purpose.',
  },
  CASE_REQUIRED: {
    status: 400,
    retryable: false,
    zh: '此使用目的需要办件编号。请在 Shuqiao-Case 头中填写。',
    en: 'This purpose needs a case reference. Name it in the Shuqiao-Case header.',
  },
  CASE_MALFORMED: {
    status: 400,
    retryable: false,
    zh: '办件编号格式不正确，或其中含有疑似证件号码的数字。',
    en: 'The case reference is malformed, or contains what looks like an identity number.',
  },
  BAD_REQUEST: {
    status: 400,
    retryable: false,
    zh: '请求无法解析。请以 JSON 对象提交 query 和 variables。',
    en: 'The request could not be read. Post a JSON object with query and variables.',
  },
  NOT_FOUND: {
    status: 404,
    retryable: false,
    zh: '没有这个地址。',
    en: 'There is nothing at this address.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    retryable: false,
    zh: '该地址不接受这种请求方法。',
    en: 'This address does not accept the request method.',
  },
  NOT_ACCEPTABLE: {
    status: 406,
    retryable: false,
    zh: '仅能以 application/json 或 application/graphql-response+json 应答。',
    en: 'Responses are application/json or application/graphql-response+json only.',
  },
  REQUEST_TIMEOUT: {
    status: 408,
    retryable: true,
    zh: '请求未在时限内完整送达。',
    en: 'The request did not arrive whole within its time.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    retryable: false,
    zh: '请求体过大。',
    en: 'The request body is too large.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    retryable: false,
    zh: '请求体必须是 UTF-8 编码的 application/json。',
    en: 'The request body must be application/json in UTF-8.',
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    retryable: false,
    zh: '请求头过大。',
    en: 'The request headers are too large.',
  },
  CLIENT_DISCONNECTED: {
    status: 499,
    retryable: true,
    zh: '调用方在应答之前断开了连接。',
    en: 'The caller closed the connection before the answer.',
  },
  GRAPHQL_PARSE_FAILED: {
    status: 400,
    retryable: false,
    zh: '查询语句存在语法错误。',
    en: 'The operation has a syntax error.',
  },
  GRAPHQL_VALIDATION_FAILED: {
    status: 400,
    retryable: false,
    zh: '查询语句与数据目录不符。',
    en: 'The operation does not fit the schema.',
  },
  OPERATION_NOT_REGISTERED: {
    status: 404,
    retryable: false,
    zh: '没有为该应用登记这个操作。',
    en: 'No such operation is registered for this client.',
  },
  OPERATION_LIMIT_EXCEEDED: {
    status: 400,
    retryable: false,
    zh: '查询语句超出平台限制。',
    en: 'The operation exceeds a limit of the hub.',
  },
  INTROSPECTION_DENIED: {
    status: 400,
    retryable: false,
    zh: '数据目录结构须单独查询，不能与数据在同一语句中查询。',
    en: 'Introspection stands alone: it cannot be asked in one operation with data.',
  },
  VARIABLE_INVALID: {
    status: 400,
    retryable: false,
    zh: '变量或参数的类型不正确。',
    en: 'A variable or argument has the wrong type.',
  },
  IDENTIFIER_MALFORMED: {
    status: 200,
    retryable: false,
    zh: '证件号码格式或校验位不正确。',
    en: 'An identifier is malformed or fails its check digit.',
  },
  TOO_MANY_IDENTIFIERS: {
    status: 400,
    retryable: false,
    zh: '一次请求的人数超过上限。',
    en: 'The request asks for more residents than allowed.',
  },
  CURSOR_INVALID: {
    status: 400,
    retryable: false,
    zh: '分页游标无效、已过期或不属于本次查询，请从第一页重新查询。',
    en: 'The cursor is invalid, has expired or belongs to another search. Begin again with the first page.',
  },
  FILTER_NOT_AVAILABLE: {
    status: 200,
    retryable: false,
    zh: '不能按该字段筛选。',
    en: 'Filtering by this field is not available.',
  },
  FIELD_DENIED: {
    status: 200,
    retryable: false,
    zh: '未获授权使用该字段。',
    en: 'This field is not granted for the stated purpose.',
  },
  SOURCE_UNAVAILABLE: {
    status: 200,
    retryable: true,
    zh: '数源部门暂时无法应答。',
    en: 'The department that holds this field cannot answer at the moment.',
  },
  ACCESS_UNCHECKED: {
    status: 200,
    retryable: true,
    zh: '暂时无法核验是否有权查看。',
    en: 'Whether access is granted could not be checked at the moment.',
  },
  SOURCE_FAULT: {
    status: 200,
    retryable: false,
    zh: '数源部门的应答无法使用，已通知运维。',
    en: 'The answer of the department that holds this field could not be used.',
  },
  RATE_LIMITED: {
    status: 429,
    retryable: true,
    zh: '请求过于频繁，请稍后再试。',
    en: 'Too many requests. Try again later.',
  },
  OVERLOADED: {
    status: 503,
    retryable: true,
    zh: '平台繁忙，请稍后再试。',
    en: 'The hub is overloaded. Try again later.',
  },
  POLICY_UNAVAILABLE: {
    status: 503,
    retryable: true,
    zh: '共享协议暂时无法读取，已停止提供数据。',
    en: 'The agreements cannot be read at the moment, so no data is given.',
  },
  AUDIT_UNAVAILABLE: {
    status: 503,
    retryable: true,
    zh: '访问记录暂时无法写入，已停止提供数据。',
    en: 'The access record cannot be written at the moment, so no data is given.',
  },
  DEADLINE_EXCEEDED: {
    status: 503,
    retryable: true,
    zh: '请求超过了处理时限。',
    en: 'The request took longer than its deadline.',
  },
  INTERNAL: {
    status: 500,
    retryable: true,
    zh: '平台内部错误。请凭请求编号联系运维。',
    en: 'Internal error. Give the operator the request id.',
  },
  CONFIG_INVALID: {
    status: 500,
    retryable: false,
    zh: '配置无效。',
    en: 'The configuration is invalid.',
  },
  CONTRACT_INVALID: {
    status: 400,
    retryable: false,
    zh: '部门数据目录文件未通过检查。',
    en: 'A contract file does not pass the checks.',
  },
  AGREEMENT_INVALID: {
    status: 400,
    retryable: false,
    zh: '共享协议文件未通过检查。',
    en: 'An agreement file does not pass the checks.',
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof table;

/** Code → HTTP status, sentences, retryable. */
export const errorTable: Readonly<Record<ErrorCode, ErrorRow>> = table;

/**
 * An expected failure. `details` reaches the caller as `extensions`, so it must never hold a value of a
 * resident, a variable of the request, a credential or anything a source said; coordinates, counts, limits
 * and rule ids are fine. `cause` goes to the log only. `message` is the English sentence of the code, followed by
 * `hint` where the caller can do something about it.
 */
export class HubError extends Error {
  override readonly name = 'HubError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;
  /** The Chinese sentence of the code, followed by `hintZh`. */
  readonly zh: string;

  constructor(
    code: ErrorCode,
    options: { hint?: string; hintZh?: string; details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(
      options.hint ? `${errorTable[code].en} ${options.hint}` : errorTable[code].en,
      options.cause === undefined ? {} : { cause: options.cause },
    );
    this.code = code;
    this.zh = `${errorTable[code].zh}${options.hintZh ?? ''}`;
    this.details = options.details ?? {};
  }
}
