import { createPeople } from './population.ts';

/** The one question that all servers answer: residents by id, four departments, 18 fields. */
export const query = `query Residents($identifiers: [ResidentIdentifier!]!) {
  residents(identifiers: $identifiers) {
    police { name sex birthDate registrationType divisionCode address phone }
    civilAffairs { name maritalStatus assistance monthlyYuan }
    socialSecurity { status employer firstInsuredMonth baseYuan }
    justice { name legalAidCount lastAcceptedOn }
  }
}`;

/** How a request is written for a server. */
export type RequestForm = 'graphql' | 'rest';

/** Bodies that ask for different residents, so that no answer can be the last one's. `people` must be at least `residents`. */
export function requestBodies(form: RequestForm, people: number, residents: number): readonly string[] {
  const ids = createPeople(people).map(({ citizenId }) => citizenId);
  const variety = Math.min(20, Math.floor(people / residents));
  return Array.from({ length: Math.max(variety, 2) }, (_, at) => {
    const first = (at * residents) % people;
    const asked = Array.from({ length: residents }, (_, offset) => ids[(first + offset) % people] ?? '');
    return writeBody(form, asked);
  });
}

function writeBody(form: RequestForm, ids: readonly string[]): string {
  if (form === 'rest') return JSON.stringify({ citizenIds: ids });
  const identifiers = ids.map((value) => ({ type: 'CITIZEN_ID', value }));
  return JSON.stringify({ query, variables: { identifiers } });
}

export interface BenchAnswer {
  readonly status: number;
  readonly data: unknown;
}

/** Asks one server once. */
export async function ask(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<BenchAnswer> {
  const response = await fetch(url, { method: 'POST', headers, body });
  const answer: unknown = await response.json();
  const data = typeof answer === 'object' && answer !== null && 'data' in answer ? answer.data : undefined;
  return { status: response.status, data: data ?? answer };
}

export const client = 'bench';
export const department = 'government-services';
export const purpose = 'benchmark';

/** What every server gets; the hub alone looks at the purpose. */
export function requestHeaders(token: string): Readonly<Record<string, string>> {
  return {
    'content-type': 'application/json',
    authorization: `Bearer ${token}`,
    'shuqiao-purpose': purpose,
  };
}
