import { HubError } from '../errors.ts';

/** Words of a command that go on record, as the operator's side sent them: untrusted. */
export interface ActWords {
  readonly by: string;
  readonly object?: string;
  readonly reason?: string;
}

const operator = /^[\p{L}\p{N}_][\p{L}\p{M}\p{N} ._@+\\-]{0,63}$/u;
/** Ids of agreements and clients, names of connections. */
const name = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;
const words = /^[^\p{Cc}\p{Surrogate}]{1,200}$/u;
/** As the access log refuses it: no name and no reason may carry an identity number into a record. */
const identityLike = /\p{Nd}{15}/u;

/** Throws `BAD_REQUEST` for what must not be recorded as it is; the hint says which word, and never repeats it. */
export function checkActWords({ by, object, reason }: ActWords): void {
  if (!isFit(by, operator)) throw unfit('操作人 operator', '64');
  if (object !== undefined && !isFit(object, name)) throw unfit('标识或名称 id or name', '128');
  if (reason !== undefined && !isFit(reason, words)) throw unfit('理由 reason', '200');
}

/** What of them may stand in the record of a refusal. */
export function keepFitWords({ by, object, reason }: ActWords): ActWords {
  return {
    by: isFit(by, operator) ? by : 'unknown',
    ...(object !== undefined && isFit(object, name) ? { object } : {}),
    ...(reason !== undefined && isFit(reason, words) ? { reason } : {}),
  };
}

function isFit(text: string, form: RegExp): boolean {
  return form.test(text) && !identityLike.test(text);
}

function unfit(word: string, max: string): HubError {
  return new HubError('BAD_REQUEST', {
    hintZh: `${word}：不得为空，不超过 ${max} 个字符，不得含控制字符或疑似证件号码的数字。`,
    hint: `${word}: it must not be empty, longer than ${max} characters, or hold control characters or what looks like an identity number.`,
  });
}
