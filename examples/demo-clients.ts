import { readFileSync } from 'node:fs';

interface DemoClient {
  readonly purposes: readonly string[];
  readonly roles: readonly string[];
  readonly region?: string;
  readonly officer?: string;
}

export interface ClientDefaults extends DemoClient {
  readonly department: string;
}

/** What a demo client's token says where nobody asks for something else. Throws a RangeError that names the clients there are. */
export function clientDefaults(client: string): ClientDefaults {
  const registered = registeredClients().find(({ id }) => id === client);
  const defaults = new Map(Object.entries(demoClients())).get(client);
  if (!registered || !defaults) throw unknownName('应用', 'client', client, clientNames());
  return { department: registered.department, ...defaults };
}

/** The purposes that were asked for, checked against those that the client has agreements for. */
export function choosePurposes(client: string, wanted: readonly string[]): readonly string[] {
  const { purposes } = clientDefaults(client);
  for (const purpose of wanted) {
    if (!purposes.includes(purpose))
      throw unknownName(`${client} 的使用目的`, `purpose of ${client}`, purpose, purposes);
  }
  return wanted.length > 0 ? wanted : purposes;
}

export function clientNames(): readonly string[] {
  return Object.keys(demoClients());
}

/** Of all clients: those for which the demo's issuer speaks. */
export function allDepartments(): readonly string[] {
  return [...new Set(registeredClients().map(({ department }) => department))].sort();
}

function demoClients(): Readonly<Record<string, DemoClient>> {
  return readJson('demo-clients.json');
}

function registeredClients(): readonly { readonly id: string; readonly department: string }[] {
  return readJson('agreements/clients.json');
}

/** Files of this folder, whose form a test checks. */
function readJson<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
}

function unknownName(zh: string, en: string, name: string, known: readonly string[]): RangeError {
  const list = known.join(', ');
  return new RangeError(
    `没有这个${zh}：${name}。可用：${list}\nThis is no ${en}: ${name}. There are: ${list}`,
  );
}
