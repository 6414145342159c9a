import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import type { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketHandler, type PGLiteSocketHandlerOptions } from '@electric-sql/pglite-socket';
import { isSameText } from './credentials.ts';
import type { ReadLog } from './department.ts';
import type { FaultSwitch } from './faults.ts';
import {
  errorMessage,
  idle,
  type Message,
  parseMessage,
  passwordRequest,
  queryMessage,
  readBind,
  readClientMessage,
  readParse,
  readStartup,
  readyForQuery,
  readyStatus,
  syncMessage,
} from './postgres-messages.ts';
import { createAnswerSpoiler, type Spoiled } from './spoil-postgres.ts';
import { countKeys, readSql } from './sql-reads.ts';

export interface WireParts {
  readonly database: PGlite;
  readonly account: { readonly user: string; readonly password: string; readonly database: string };
  readonly tables: Readonly<Record<string, readonly string[]>>;
  readonly log: ReadLog;
  readonly faults: FaultSwitch;
  /** An id that is in the tables, for answers with somebody else's row. */
  readonly foreignKey: string;
}

interface Session {
  readonly socket: Socket;
  readonly ended: Promise<void>;
  /** Steps of one session run one after another, in the order of its messages. */
  tail: Promise<unknown>;
  startup?: Uint8Array;
  isOpen: boolean;
  /** Statement names to texts. */
  readonly statements: Map<string, string>;
  /** The statement that runs now asks for residents: the only ones that faults apply to. */
  isReading: boolean;
  /** What a slow source takes was taken for it. */
  isDelayed: boolean;
  readonly spoil: (bytes: Uint8Array) => Spoiled;
}

/**
 * PGlite has one session. The socket package frames messages and answers; this queue, in the place of its own, lets one
 * client at a time through, from its first message to ReadyForQuery outside of a transaction, so that clients never mix in
 * one another's statements. It also asks for the password and notes what was read.
 */
export function createPoliceServer(parts: WireParts): Server {
  const sessions = new Map<number, Session>();
  const queue = createQueue(sessions, parts);
  return createServer((socket) => {
    // PGLiteSocketServer keeps its queue to itself, so its handlers get this one: the three methods are all they call.
    const queryQueue = queue as unknown as PGLiteSocketHandlerOptions['queryQueue'];
    const handler = new PGLiteSocketHandler({ queryQueue, closeOnDetach: true });
    sessions.set(handler.handlerId, createSession(socket, parts));
    handler.addEventListener('error', () => socket.destroy());
    handler.attach(socket).catch(() => socket.destroy());
  });
}

function createSession(socket: Socket, { faults, foreignKey }: WireParts): Session {
  return {
    socket,
    ended: new Promise((resolve) => socket.once('close', () => resolve())),
    tail: Promise.resolve(),
    isOpen: false,
    statements: new Map(),
    isReading: false,
    isDelayed: false,
    spoil: createAnswerSpoiler(faults, foreignKey),
  };
}

function createQueue(sessions: Map<number, Session>, parts: WireParts) {
  const turn = createTurn();
  const step = async (id: number, session: Session, bytes: Uint8Array, send: (data: Uint8Array) => void) => {
    if (!sessions.has(id)) return;
    const message = readClientMessage(bytes);
    if (message.type === '') return askPassword(session, message, bytes, send, parts);
    if (message.type === 'X') return session.socket.end();
    if (!session.isOpen && !isAdmitted(session, message, send, parts)) return session.socket.end();
    if (!(await delay(session, message, parts))) return void session.socket.destroy();
    await turn.take(id);
    // Whoever left while waiting was let go without a turn.
    if (!turn.isHeldBy(id)) return;
    const status = await answer(session, message, bytes, send, { ...parts, isAlone: sessions.size === 1 });
    if (status === idle || !sessions.has(id)) turn.give(id);
  };
  return {
    enqueue: async (id: number, bytes: Uint8Array, onData: (data: Uint8Array) => void): Promise<number> => {
      let size = 0;
      const session = sessions.get(id);
      if (!session) return size;
      const send = (data: Uint8Array) => {
        size += data.length;
        onData(data);
      };
      session.tail = session.tail.then(() => step(id, session, bytes, send));
      await session.tail;
      return size;
    },
    clearQueueForHandler: (id: number) => turn.leave(id),
    clearTransactionIfNeeded: async (id: number): Promise<void> => {
      const session = sessions.get(id);
      sessions.delete(id);
      await session?.tail.catch(() => {});
      if (!turn.isHeldBy(id)) return;
      await abandon(parts.database);
      turn.give(id);
    },
  };
}

/** Who may talk to the engine; others wait in the order in which they came. */
function createTurn() {
  let holder: number | undefined;
  let waiting: { readonly id: number; readonly begin: () => void }[] = [];
  const give = (id: number) => {
    if (holder !== id) return;
    const next = waiting.shift();
    holder = next?.id;
    next?.begin();
  };
  return {
    isHeldBy: (id: number) => holder === id,
    take: async (id: number): Promise<void> => {
      if (holder === id) return;
      if (holder === undefined) holder = id;
      else await new Promise<void>((begin) => waiting.push({ id, begin }));
    },
    give,
    /** Whoever has gone need not wait any more. */
    leave: (id: number) => {
      const left = waiting.filter((one) => one.id === id);
      waiting = waiting.filter((one) => one.id !== id);
      for (const { begin } of left) begin();
    },
  };
}

function askPassword(
  session: Session,
  message: Message,
  bytes: Uint8Array,
  send: (data: Uint8Array) => void,
  { account }: WireParts,
): void {
  const startup = readStartup(message.body);
  if (startup.get('user') !== account.user || startup.get('database') !== account.database) {
    send(errorMessage({ severity: 'FATAL', code: '28000', message: 'no such user or database' }));
    session.socket.end();
    return;
  }
  session.startup = bytes;
  send(passwordRequest);
}

/** Nothing is answered before the password, and nothing after a wrong one. */
function isAdmitted(
  session: Session,
  { type, body }: Message,
  send: (data: Uint8Array) => void,
  { account }: WireParts,
): boolean {
  const password = type === 'p' && session.startup ? body.toString('utf8').replace(/\0$/, '') : undefined;
  if (password !== undefined && isSameText(password, account.password)) return true;
  send(errorMessage({ severity: 'FATAL', code: '28P01', message: 'password authentication failed' }));
  return false;
}

/** Before the turn is taken, so that others need not wait for a source that hangs; false if there will be no answer. */
async function delay(session: Session, message: Message, { faults, tables }: WireParts): Promise<boolean> {
  const isReading = readSql(statementOf(session, message) ?? '', tables) !== undefined;
  if (!isReading || session.isDelayed) return true;
  session.isDelayed = true;
  return Promise.race([faults.delay(), session.ended.then(() => false)]);
}

/** Transaction status after the message; undefined in the middle of an exchange. */
async function answer(
  session: Session,
  message: Message,
  bytes: Uint8Array,
  send: (data: Uint8Array) => void,
  parts: WireParts & { readonly isAlone: boolean },
): Promise<string | undefined> {
  if (!session.isOpen) return openSession(session, send, parts);
  noteMessage(session, message, parts);
  const isAnswer = session.isReading && ['D', 'E', 'Q'].includes(message.type);
  const whole = await execute(parts.database, withoutEscape(message, bytes));
  const status = readyStatus(whole);
  if (status !== undefined) Object.assign(session, { isReading: false, isDelayed: false });
  if (!isAnswer) {
    send(whole);
    return status;
  }
  const spoiled = session.spoil(whole);
  if (spoiled.bytes.length > 0) send(spoiled.bytes);
  if (spoiled.isLast) session.socket.end();
  return status;
}

/**
 * PGlite's one session is a superuser's that has become the reader, so only here can it be kept from changing back: what
 * tries is replaced by what the engine refuses.
 */
function withoutEscape({ type, body }: Message, bytes: Uint8Array): Uint8Array {
  const isEscape = /session[\s_]+authorization\W+\w/i.test(body.toString('utf8'));
  const refused = 'set role postgres';
  if (isEscape && type === 'Q') return queryMessage(refused);
  return isEscape && type === 'P' ? parseMessage(readParse(body).name, refused) : bytes;
}

async function openSession(
  session: Session,
  send: (data: Uint8Array) => void,
  { database, isAlone }: { readonly database: PGlite; readonly isAlone: boolean },
): Promise<string | undefined> {
  // What an earlier session left behind; with others still there it would be theirs.
  if (isAlone) await execute(database, queryMessage('discard all'));
  session.isOpen = true;
  const whole = await execute(database, session.startup ?? syncMessage);
  send(whole);
  return readyStatus(whole);
}

/** The engine answers errors with messages; should it fail otherwise, the client hears of it all the same. */
async function execute(database: PGlite, bytes: Uint8Array): Promise<Uint8Array> {
  try {
    return await database.runExclusive(() => database.execProtocolRaw(bytes));
  } catch {
    const error = errorMessage({ severity: 'ERROR', code: 'XX000', message: 'internal error' });
    return Buffer.concat([error, readyForQuery]);
  }
}

/** Brings the engine back to rest after a client that left in the middle. */
async function abandon(database: PGlite): Promise<void> {
  await execute(database, syncMessage);
  await execute(database, queryMessage('rollback'));
}

/** Which columns of which table a statement asks, once for each time it runs. */
function noteMessage(session: Session, message: Message, { tables, log }: WireParts): void {
  const { type, body } = message;
  if (type === 'P') {
    const { name, sql } = readParse(body);
    session.statements.set(name, sql);
  }
  if (type !== 'Q' && type !== 'B') return;
  const asked = statementOf(session, message) ?? '';
  const read = readSql(asked, tables);
  session.isReading = read !== undefined;
  const keys = type === 'B' ? countKeys(readBind(body).parameters) : 0;
  if (read) log.add({ what: read.table, columns: read.columns, keys, asked });
}

/** The statement that a message brings or runs. */
function statementOf({ statements }: Session, { type, body }: Message): string | undefined {
  if (type === 'Q') return body.toString('utf8').replace(/\0$/, '');
  if (type === 'P') return readParse(body).sql;
  return type === 'B' ? statements.get(readBind(body).statement) : undefined;
}
