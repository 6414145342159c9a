import type { FastifyReply } from 'fastify';
import { periodOf, subjectKeyOf } from '../audit/pseudonym.ts';
import { errorTable, HubError } from '../errors.ts';
import { errorBody } from './report-errors.ts';
import type { RequestParts } from './request-parts.ts';
import { encodeAnswer, spliceReceipt } from './splice-receipt.ts';
import { countError, type Ending, type Story, toEntry } from './story.ts';

/**
 * THE line that records: the entry is durable before the answer's first byte leaves. If it cannot be written, the answer is replaced by
 * one without data.
 */
export async function closeRecord(
  parts: RequestParts,
  story: Story,
  reply: FastifyReply,
  payload: string | Buffer,
): Promise<string | Buffer> {
  if (story.isSummarised) return payload;
  noteForeignErrors(story, reply, payload);
  const endChapter = story.trace.chapter('record');
  try {
    const answer = payload === story.answer?.bytes ? story.answer : encodeAnswer(String(payload));
    const ending = endingOf(parts, story, reply.statusCode, answer.bytes);
    const receipt = await parts.log.append(toEntry(story, ending));
    if (!story.hasReceiptHeader) return spliceReceipt(answer, receipt, story);
    reply.header('shuqiao-receipt', Buffer.from(JSON.stringify(receipt)).toString('base64url'));
    return payload;
  } catch (error) {
    parts.onUnknown(error, story);
    return replaceAnswer(parts, story, reply, error);
  } finally {
    endChapter();
  }
}

/** The answer without data. An access that cannot be recorded whole (too large, odd text) is at least recorded as refused. */
async function replaceAnswer(
  parts: RequestParts,
  story: Story,
  reply: FastifyReply,
  error: unknown,
): Promise<string | Buffer> {
  const known = error instanceof HubError ? error : new HubError('AUDIT_UNAVAILABLE', { cause: error });
  const { status } = errorTable[known.code];
  reply
    .code(status === 200 ? 400 : status)
    .type('application/json; charset=utf-8')
    .header('cache-control', 'no-store')
    .removeHeader('etag')
    .removeHeader('content-length');
  if (status === 503) reply.header('retry-after', '1');
  const payload = errorBody(known, story);
  if (status === 503) return payload;
  const { operation: _, ...rest } = story;
  const refused: Story = { ...rest, decisions: [], residents: [], hasExtensions: true };
  delete refused.caller;
  try {
    const answer = encodeAnswer(payload);
    const ending = endingOf(parts, refused, reply.statusCode, answer.bytes);
    return spliceReceipt(answer, await parts.log.append(toEntry(refused, ending)), refused);
  } catch (cause) {
    reply.code(503).header('retry-after', '1');
    return errorBody(new HubError('AUDIT_UNAVAILABLE', { cause }), story);
  }
}

/** Answers that Apollo made without the executor (its own HTTP checks) still say in the record how they ended. */
function noteForeignErrors(story: Story, reply: FastifyReply, payload: string | Buffer): void {
  if (story.hasExtensions || reply.statusCode < 400 || payload.length === 0) return;
  countError(story, 'BAD_REQUEST');
}

function endingOf(parts: RequestParts, story: Story, status: number, bytes: Buffer): Ending {
  const commitment = parts.commit(bytes);
  const { subject, residents } = story;
  if (!subject || residents.length === 0) return { status, commitment, subjects: [] };
  const scope = { department: subject.department, period: periodOf(story.receivedAt) };
  const subjects = parts.pseudonymiser.pseudonymise(scope, residents);
  return { status, commitment, subjects, subjectKey: subjectKeyOf(scope) };
}
