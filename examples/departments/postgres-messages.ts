/** The PostgreSQL frontend/backend protocol 3.0 (manual, "Message Formats"), as far as a demo department needs it. */

export interface Message {
  /** One letter; '' for the startup message. */
  readonly type: string;
  /** Without type and length. */
  readonly body: Buffer;
}

export const idle = 'I';

/** One message of a client: with a type byte, or the startup message without. */
export function readClientMessage(bytes: Uint8Array): Message {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Types are letters; the length of a startup message begins with a zero byte.
  if (buffer[0] === 0) return { type: '', body: buffer.subarray(4) };
  return { type: buffer.toString('latin1', 0, 1), body: buffer.subarray(5) };
}

/** All messages of a server's answer. */
export function readServerMessages(bytes: Uint8Array): Message[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const messages: Message[] = [];
  for (let at = 0; at < buffer.length; ) {
    const end = at + 1 + buffer.readInt32BE(at + 1);
    messages.push({ type: buffer.toString('latin1', at, at + 1), body: buffer.subarray(at + 5, end) });
    at = end;
  }
  return messages;
}

export function writeMessage({ type, body }: Message): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

export function queryMessage(sql: string): Buffer {
  return writeMessage({ type: 'Q', body: Buffer.from(`${sql}\0`) });
}

/** Without parameter types. */
export function parseMessage(name: string, sql: string): Buffer {
  return writeMessage({ type: 'P', body: Buffer.from(`${name}\0${sql}\0\0\0`) });
}

export const syncMessage = writeMessage({ type: 'S', body: Buffer.alloc(0) });

/** AuthenticationCleartextPassword: the demo listens on the loopback interface alone. */
export const passwordRequest = writeMessage({ type: 'R', body: Buffer.from([0, 0, 0, 3]) });

export function errorMessage(error: { severity: 'ERROR' | 'FATAL'; code: string; message: string }): Buffer {
  const fields = `S${error.severity}\0V${error.severity}\0C${error.code}\0M${error.message}\0\0`;
  return writeMessage({ type: 'E', body: Buffer.from(fields) });
}

export const readyForQuery = writeMessage({ type: 'Z', body: Buffer.from(idle) });

/** Transaction status of the ReadyForQuery that ends an answer; undefined if none does. */
export function readyStatus(bytes: Uint8Array): string | undefined {
  const tail = bytes.subarray(-6);
  const isReady =
    tail.length === 6 && tail[0] === 0x5a && tail[1] === 0 && tail[2] === 0 && tail[3] === 0 && tail[4] === 5;
  return isReady ? String.fromCharCode(tail[5] ?? 0) : undefined;
}

/** Parameters of a startup message: user, database … */
export function readStartup(body: Buffer): ReadonlyMap<string, string> {
  const texts = body.toString('utf8', 4).split('\0');
  const entries: [string, string][] = [];
  for (let at = 0; at + 1 < texts.length && texts[at]; at += 2)
    entries.push([texts[at] ?? '', texts[at + 1] ?? '']);
  return new Map(entries);
}

/** Name and text of a Parse message. */
export function readParse(body: Buffer): { readonly name: string; readonly sql: string } {
  const [name = '', sql = ''] = body.toString('utf8').split('\0');
  return { name, sql };
}

/** Statement and parameters of a Bind message; binary ones are null like NULL. */
export function readBind(body: Buffer): {
  readonly statement: string;
  readonly parameters: readonly (string | null)[];
} {
  const portalEnd = body.indexOf(0);
  const statementEnd = body.indexOf(0, portalEnd + 1);
  const statement = body.toString('utf8', portalEnd + 1, statementEnd);
  const formats = body.readInt16BE(statementEnd + 1);
  const isBinary = (index: number) =>
    formats > 0 && body.readInt16BE(statementEnd + 3 + 2 * (formats === 1 ? 0 : index)) === 1;
  const parameters: (string | null)[] = [];
  let at = statementEnd + 3 + 2 * formats;
  const count = body.readInt16BE(at);
  at += 2;
  for (let index = 0; index < count; index++) {
    const length = body.readInt32BE(at);
    at += 4;
    parameters.push(length < 0 || isBinary(index) ? null : body.toString('utf8', at, at + length));
    at += Math.max(0, length);
  }
  return { statement, parameters };
}

/** Names of the columns of a RowDescription. */
export function readFields(body: Buffer): string[] {
  const names: string[] = [];
  for (let at = 2; at < body.length; ) {
    const end = body.indexOf(0, at);
    names.push(body.toString('utf8', at, end));
    at = end + 19;
  }
  return names;
}

export type DataRow = readonly (Buffer | null)[];

export function readDataRow(body: Buffer): DataRow {
  const values: (Buffer | null)[] = [];
  for (let at = 2; at < body.length; ) {
    const length = body.readInt32BE(at);
    values.push(length < 0 ? null : body.subarray(at + 4, at + 4 + length));
    at += 4 + Math.max(0, length);
  }
  return values;
}

export function writeDataRow(values: DataRow): Message {
  const count = Buffer.alloc(2);
  count.writeInt16BE(values.length);
  const parts = values.flatMap((value) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(value ? value.length : -1);
    return value ? [length, value] : [length];
  });
  return { type: 'D', body: Buffer.concat([count, ...parts]) };
}
