import { type Fault, type FaultSwitch, hugeBytes, maintenancePage, spoilRows } from './faults.ts';
import {
  type DataRow,
  errorMessage,
  type Message,
  readDataRow,
  readFields,
  readServerMessages,
  writeDataRow,
  writeMessage,
} from './postgres-messages.ts';

export interface Spoiled {
  readonly bytes: Uint8Array;
  /** The connection ends behind them. */
  readonly isLast: boolean;
}

/** Columns by which rows are rejoined. */
const keyColumns = ['gmsfhm', 'hh'];

/** Changes the answers of one session as the fault in force says. Stateful: columns are described before rows come. */
export function createAnswerSpoiler(faults: FaultSwitch, foreignKey: string): (bytes: Uint8Array) => Spoiled {
  let fields: readonly string[] = [];
  return (bytes) => {
    const fault = faults.current();
    if (!fault) return { bytes, isLast: false };
    const messages = readServerMessages(bytes);
    const description = messages.find(({ type }) => type === 'T');
    if (description) fields = readFields(description.body);
    const isRows = messages.some(({ type }) => type === 'C');
    return isRows ? spoilAnswer(fault, bytes, messages, fields, foreignKey) : { bytes, isLast: false };
  };
}

function spoilAnswer(
  fault: Fault,
  bytes: Uint8Array,
  messages: readonly Message[],
  fields: readonly string[],
  foreignKey: string,
): Spoiled {
  switch (fault.kind) {
    case 'reset':
    case 'empty':
      return { bytes: new Uint8Array(), isLast: true };
    case 'html':
      return { bytes: Buffer.from(maintenancePage), isLast: true };
    case 'half':
      return { bytes: bytes.subarray(0, bytes.length / 2), isLast: true };
    case 'status':
      return { bytes: serverError(messages, '53200', 'out of memory'), isLast: false };
    case 'wrong-shape':
      return { bytes: serverError(messages, '42703', 'column does not exist'), isLast: false };
    default:
      return { bytes: spoilMessages(fault, messages, fields, foreignKey), isLast: false };
  }
}

/** Instead of the rows; what follows them (ReadyForQuery) stays. */
function serverError(messages: readonly Message[], code: string, message: string): Buffer {
  const error = errorMessage({ severity: 'ERROR', code, message });
  return Buffer.concat([error, ...messages.filter(({ type }) => type === 'Z').map(writeMessage)]);
}

function spoilMessages(
  fault: Fault,
  messages: readonly Message[],
  fields: readonly string[],
  foreignKey: string,
): Buffer {
  const isKey = (index: number) => keyColumns.includes(fields[index] ?? '');
  const change = (row: DataRow, value: (old: Buffer | null, index: number) => Buffer | null) =>
    row.map(value);
  const rows = messages.filter(({ type }) => type === 'D').map(({ body }) => readDataRow(body));
  const [first] = rows;
  const foreign = () =>
    first && change(first, (old, index) => (isKey(index) ? Buffer.from(foreignKey) : old));
  const retype = (row: DataRow) =>
    change(row, (old, index) => (isKey(index) ? old : Buffer.from('{"unexpected":true}')));
  const spoiled = spoilRows(fault, rows, { foreign, retype }).map((row, index) => {
    const isHuge = index === 0 && (fault.kind === 'huge' || fault.kind === 'gzip-bomb');
    return isHuge ? enlarge(row, isKey, fault.bytes) : row;
  });
  const before = messages.slice(
    0,
    messages.findIndex(({ type }) => type === 'D' || type === 'C'),
  );
  const after = messages.slice(messages.findIndex(({ type }) => type === 'C'));
  return Buffer.concat([...before, ...spoiled.map(writeDataRow), ...after].map(writeMessage));
}

function enlarge(row: DataRow, isKey: (index: number) => boolean, bytes = hugeBytes): DataRow {
  const at = row.findIndex((_, index) => !isKey(index));
  return row.map((old, index) => (index === at ? Buffer.alloc(bytes, 'x') : old));
}
