import { type Sql, textOf } from './sql.ts';

/**
 * Requests that each agreement's rules answered on one day (`2026-11-21`, China Standard Time), by agreement id; an absent id
 * means none. Refused fields, refusals and repeats of one event do not count. As fresh as the last `Projector.catchUp`.
 */
export async function fetchUsage(sql: Pick<Sql, 'query'>, day: string): Promise<ReadonlyMap<string, number>> {
  const rows = await sql.query(
    'SELECT agreement, requests::text AS requests FROM audit.usage WHERE day = $1::text::date',
    [day],
  );
  return new Map(rows.map((row) => [textOf(row, 'agreement'), Number(textOf(row, 'requests'))]));
}
