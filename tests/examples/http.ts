import { request } from 'undici';

export interface HttpResult {
  readonly status: number;
  readonly text: string;
  // Tests look at whatever they asked for.
  // biome-ignore lint/suspicious/noExplicitAny: the shape depends on the request
  readonly json: any;
}

/** One POST. `json` is undefined where the answer is no JSON. */
export async function post(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpResult> {
  const { statusCode, body: answer } = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: statusCode, text, json: parseJson(text) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
