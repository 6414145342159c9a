import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { HttpTarget } from '../../src/connectors/connector.ts';
import { expectFailure, never, sortByKey } from '../contract/connector.ts';
import { httpRead as request, useChosenAnswers } from './support/chosen-answers.ts';
import type { Respond } from './support/http-server.ts';

/** What a department's HTTP interface may say, wrong things above all. The server is real; only its words are chosen. */
describe('http answers', () => {
  const { server, connect } = useChosenAnswers();
  const say =
    (status: number, headers: Record<string, string>, body: string | Buffer): Respond =>
    (_, response) => {
      response.writeHead(status, headers).end(body);
    };
  const json = { 'content-type': 'application/json' };
  const rows =
    (data: unknown): Respond =>
    () => ({ code: 0, data });
  const read = async (respond: Respond, asked = request()) => {
    server().answerWith(respond);
    const result = await connect().read(asked, never);
    return { ...result, rows: sortByKey(result.rows) };
  };

  describe('that cannot be used are a fault', () => {
    const big = JSON.stringify({ code: 0, data: [{ id: 'a', name: 'x'.repeat(20_000_000) }] });

    test.each<readonly [string, Respond]>([
      ['HTML with status 200', say(200, { 'content-type': 'text/html' }, '<html>登录</html>')],
      ['HTML that says it is JSON', say(200, json, '<html>登录</html>')],
      ['JSON that says it is text', say(200, { 'content-type': 'text/plain' }, '{"code":0,"data":[]}')],
      ['JSON without a type', say(200, {}, '{"code":0,"data":[]}')],
      ['JSON in GBK', say(200, { 'content-type': 'application/json; charset=GBK' }, '{"code":0,"data":[]}')],
      ['bytes that are no UTF-8', say(200, json, Buffer.from([0x22, 0xff, 0xfe, 0x22]))],
      ['half a JSON', say(200, json, '{"code":0,"data":[{"id":"a","name":"张')],
      ['nothing', say(200, json, '')],
      ['no content', say(204, {}, '')],
      ['rows with another status than 200', say(201, json, '{"code":0,"data":[]}')],
      ['20 MB', say(200, json, big)],
      ['20 MB in pieces, without a length', (_, response) => drip(response, big)],
      ['a gzip bomb', say(200, { ...json, 'content-encoding': 'gzip' }, gzipSync('0'.repeat(50_000_000)))],
      [
        'a million lists in each other',
        say(200, json, `{"data":${'['.repeat(500_000)}${']'.repeat(500_000)}}`),
      ],
      ['a million rows of nothing', say(200, json, `{"code":0,"data":[${'{},'.repeat(1_000_000)}{}]}`)],
      ['gzip that is none', say(200, { ...json, 'content-encoding': 'gzip' }, '{"code":0,"data":[]}')],
      ['an encoding that nobody asked for', say(200, { ...json, 'content-encoding': 'br' }, '{}')],
      ['a redirect', say(302, { location: 'http://127.0.0.1:1/' }, '')],
      ['a redirect that keeps the method', say(307, { location: '/api/people' }, '')],
      ['"not found" for several keys', say(404, json, '{}')],
      ['"bad request"', say(400, json, '{"message":"110101199001011234"}')],
      ['a scalar', say(200, json, '7')],
      ['a list of scalars', rows(['a', 'b'])],
      ['a list of lists', rows([[{ id: 'a' }]])],
      ['rows that are text', rows('[]')],
      ['no rows where they are declared', () => ({ code: 0, result: [] })],
      [
        'a code that says that it failed',
        () => ({ code: 1002, msg: '参数错误 110101199001011234', data: [] }),
      ],
      ['no code where one is declared', () => ({ data: [] })],
      ['a code that is an object', () => ({ code: { value: 0 }, data: [] })],
      ['a code of the prototype', say(200, json, '{"__proto__":{"code":0},"data":[]}')],
      ['null', say(200, json, 'null')],
    ])('%s', async (_, respond) => {
      server().answerWith(respond);
      await expectFailure(connect().read(request(), never), 'SOURCE_FAULT');
    });
  });

  describe('that are none are a source that cannot be asked', () => {
    test.each<readonly [string, Respond]>([
      ['server errors', say(500, json, '{}')],
      ['server errors at great length', say(500, json, ' '.repeat(1_000_000))],
      [
        'server errors that break off',
        (_, response) => {
          response.writeHead(500, { ...json, 'content-length': '1000' }).write('{');
          setTimeout(() => response.destroy(), 20);
        },
      ],
      ['"unavailable"', say(503, {}, '')],
      ['"too many requests"', say(429, {}, '')],
      ['"unauthorized"', say(401, {}, '')],
      ['"forbidden"', say(403, {}, '')],
      ['a code that says "unavailable" with status 200', () => ({ code: 503, msg: '系统繁忙', data: null })],
      ['a connection that is closed', (_, response) => void response.destroy()],
      [
        'a body that is shorter than announced',
        (_, response) => {
          response.writeHead(200, { ...json, 'content-length': '1000' }).write('{"code":0,');
          response.destroy();
        },
      ],
    ])('%s', async (_, respond) => {
      server().answerWith(respond);
      await expectFailure(connect().read(request(), never), 'SOURCE_UNAVAILABLE');
    });

    const dropByDrop =
      (status: number): Respond =>
      (_, response) => {
        response.writeHead(status, json).write(' ');
        const dripping = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(dripping));
      };

    // 404 is "nobody" here. Its body is not wanted, and keeps no connection from the next read.
    test.each([200, 404, 503])(
      'a body of status %i that comes drop by drop ends at the deadline',
      async (status) => {
        server().answerWith(dropByDrop(status));
        const connector = connect({ deadlineMs: 300, concurrency: 1 });
        const started = performance.now();
        const asked = request({ keys: [['a']] }, { emptyStatuses: [404] });
        await expectFailure(connector.read(asked, never), 'SOURCE_UNAVAILABLE');
        server().answerWith(() => ({ code: 0, data: [{ id: 'a', name: '张三' }] }));
        expect((await connector.read(asked, never)).rows).toHaveLength(1);
        expect(performance.now() - started).toBeLessThan(5000);
      },
    );
  });

  describe('are taken for what they are', () => {
    test('a long text may hold any number of brackets', async () => {
      const name = `${'[{"'.repeat(200_000)}\\`;
      expect((await read(rows([{ id: 'a', name }]))).rows).toEqual([{ key: 0, values: [name] }]);
    });

    test('packed answers are unpacked, a byte order mark is no text', async () => {
      const text = `\ufeff${JSON.stringify({ code: 'OK', data: [{ id: 'a', name: '张三' }] })}`;
      const gzip = { 'content-type': 'application/vnd.x+json;charset="UTF-8"', 'content-encoding': 'gzip' };
      expect((await read(say(200, gzip, gzipSync(text)))).rows).toEqual([{ key: 0, values: ['张三'] }]);
    });

    test('somebody else’s row is never joined, and is counted', async () => {
      const said = [
        { id: 'c', name: '王五' },
        { name: '无名' },
        { id: ['a'], name: '李四' },
        { id: 'a', name: '张三' },
        { id: 'A', name: '赵六' },
      ];
      const result = await read(rows(said));
      expect(result.rows).toEqual([{ key: 0, values: ['张三'] }]);
      expect(result.findings).toEqual({ foreignRow: 4 });
    });

    test('one object is one row, null is none, in a list too', async () => {
      expect((await read(rows({ id: 'b', name: '李四' }))).rows).toEqual([{ key: 1, values: ['李四'] }]);
      expect((await read(rows(null))).rows).toEqual([]);
      expect((await read(rows([null, { id: 'a', name: '张三' }]))).rows).toHaveLength(1);
      expect((await read(rows({ list: null }), request({}, { result: 'data.list.items' }))).rows).toEqual([]);
    });

    test('what was not asked is ignored, whatever it is called', async () => {
      const body = `{"code":0,"data":[{"id":"a","name":"张三","secret":1,"__proto__":{"id":"b","name":"李四"},"constructor":{"name":"x"}},
        {"__proto__":{"id":"b"},"name":"王五"}]}`;
      const result = await read(
        say(200, json, body),
        request({ columns: ['name', 'constructor', 'toString', 'hasOwnProperty.name'] }),
      );
      expect(result.rows).toEqual([{ key: 0, values: ['张三', { name: 'x' }, null, null] }]);
      expect(result.findings).toEqual({ foreignRow: 1 });
      expect(Object.hasOwn(Object.prototype, 'id')).toBe(false);
    });

    test('values of another shape than their path are null and counted, and fail no neighbour', async () => {
      const columns = ['address.street', 'parties[].name', 'parties[].roles[].code', 'tags[]', 'raw'];
      const deep = JSON.parse('['.repeat(100) + ']'.repeat(100));
      const result = await read(
        rows([
          {
            id: 'a',
            address: { street: '中山路' },
            parties: [{ name: '甲', roles: [{ code: 1 }, {}] }, { name: null }, null, { roles: [] }],
            tags: ['x', 'y'],
            raw: { list: [1] },
          },
          { id: 'b', address: [{ street: '中山路' }], parties: { name: '甲' }, tags: 'x', raw: deep },
        ]),
        request({ columns }),
      );
      expect(result.rows).toEqual([
        {
          key: 0,
          values: [
            '中山路',
            ['甲', null, null, null],
            [[1, null], null, null, []],
            ['x', 'y'],
            { list: [1] },
          ],
        },
        { key: 1, values: [null, null, null, null, null] },
      ]);
      expect(result.findings).toEqual({ misshapen: 5 });
    });

    // A neighbour's number that rounds to the asked one would be somebody else's row.
    test('numbers that no double holds are joined and given by their digits, however long', async () => {
      const body = `{"code":0,"data":[
        {"id":440304199001011234,"name":12345678901234567890, "raw":"9007199254740993, [9007199254740993]","n":1.5,"list":[{"no": -9007199254740993},{"no":7}]},
        {"id":440304199001011200,"name":"not asked"},{"id":440304199001011233.9,"name":"nobody"},{"id":1e400,"name":"nobody"}]}`;
      const keys = [['440304199001011234', '440304199001011260', 'Infinity']];
      const columns = ['name', 'raw', 'n', 'list[].no'];
      const result = await read(say(200, json, body), request({ keys, columns }));
      const values = [
        '12345678901234567890',
        '9007199254740993, [9007199254740993]',
        1.5,
        ['-9007199254740993', 7],
      ];
      expect(result.rows).toEqual([{ key: 0, values }]);
      expect(result.findings).toEqual({ foreignRow: 3 });
    });

    // A sealed record that the endpoint gives all the same would be shown.
    test.each([
      ['whose column is shown', ['name', 'sealed']],
      ['whose column is not shown', ['name']],
    ])('a source that ignores its filter is found out (%s)', async (_, columns) => {
      const filters = [{ column: 'sealed', op: 'eq', param: 'sealed' }] as const;
      const where = { op: 'eq', column: 'sealed', value: 'N' } as const;
      const said = rows([
        { id: 'a', name: '张三', sealed: 'N' },
        { id: 'b', name: '李四', sealed: 'Y' },
        { id: 'b', name: '李四' },
        { id: 'b', name: '李四', sealed: ['N'] },
      ]);
      const body = { fields: '$columns' };
      const result = await read(said, request({ where, columns }, { filters, body }));
      expect(result.rows).toEqual([{ key: 0, values: ['张三', 'N'].slice(0, columns.length) }]);
      expect(result.findings).toEqual({ unfilteredRow: 3 });
      expect(JSON.parse(server().takeRequests()[0]?.body ?? '').fields).toContain('sealed');
    });

    test('an order by a column that was not permitted is the source’s own', async () => {
      const said = rows([
        { id: 'a', n: 2, d: '3' },
        { id: 'a', n: 10, d: '1' },
        { id: 'a', n: null, d: '2' },
      ]);
      const order = (column: string) =>
        request({ rows: 'MANY', columns: ['n'], order: [{ column, direction: 'DESC' }], maxRowsPerKey: 9 });
      expect((await read(said, order('d'))).rows.map(({ values }) => values[0])).toEqual([2, 10, null]);
      expect((await read(said, order('n'))).rows.map(({ values }) => values[0])).toEqual([10, 2, null]);
      expect(
        server()
          .takeRequests()
          .every(({ body }) => !body.includes('"d"')),
      ).toBe(true);
    });
  });

  describe('in pages', () => {
    const list = [1, 2, 3, 4, 5].map((n) => ({ id: 'a', name: `第${n}条` }));
    const asked = (paging: HttpTarget['paging']) =>
      request(
        { rows: 'MANY', maxRowsPerKey: 10 },
        {
          body: { page: '$page', size: '$pageSize', offset: '$offset', cursor: '$cursor' },
          ...(paging ? { paging } : {}),
          result: 'data.list',
        },
      );
    const paged =
      (sizeGiven = 2, total: unknown = 5): Respond =>
      ({ body }) => {
        const start = (JSON.parse(body).page - 1) * sizeGiven;
        return { code: 0, data: { list: list.slice(start, start + sizeGiven), total } };
      };
    const byPage = { kind: 'PAGE', size: 2, maxPages: 10, total: 'data.total', firstPage: 1 } as const;

    test('are read to the end, also when they are smaller than asked for', async () => {
      for (const size of [2, 1, 5]) expect((await read(paged(size), asked(byPage))).rows).toHaveLength(5);
      expect((await read(paged(2, '5'), asked(byPage))).reads).toBe(3);
    });

    // Each page is within the limit; all of them together were not limited.
    test('are a fault where all together say too much', async () => {
      const name = 'x'.repeat(900);
      server().answerWith(({ body }) => {
        const next = JSON.parse(body).cursor + 1;
        return { code: 0, data: { list: [{ id: 'a', name }], next: next < 6 ? next : null } };
      });
      const cursor = { kind: 'CURSOR', size: 1, maxPages: 100, next: 'data.next', firstPage: 1 } as const;
      await expectFailure(connect({ maxResponseBytes: 1000 }).read(asked(cursor), never), 'SOURCE_FAULT');
      expect((await connect({ maxResponseBytes: 2000 }).read(asked(cursor), never)).reads).toBe(6);
    });

    test.each<readonly [string, Respond, HttpTarget['paging']]>([
      ['end before their total', paged(2, 7), byPage],
      ['lack their total', paged(2, null), byPage],
      ['are more than declared', paged(1), { ...byPage, maxPages: 3 }],
      [
        'repeat their cursor',
        () => ({ code: 0, data: { list, next: 'same' } }),
        { kind: 'CURSOR', size: 2, maxPages: 10, next: 'data.next', firstPage: 1 },
      ],
      [
        'lack their cursor',
        () => ({ code: 0, data: { list } }),
        { kind: 'CURSOR', size: 2, maxPages: 10, next: 'data.next', firstPage: 1 },
      ],
      [
        'never end',
        ({ body }) => ({ code: 0, data: { list, next: JSON.parse(body).cursor + 1 } }),
        { kind: 'CURSOR', size: 2, maxPages: 10, next: 'data.next', firstPage: 1 },
      ],
    ])('that %s are a fault: a read is complete or it fails', async (_, respond, paging) => {
      server().answerWith(respond);
      await expectFailure(connect().read(asked(paging), never), 'SOURCE_FAULT');
    });
  });
});

/** In pieces, as fast as they are taken. */
function drip(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  for (let start = 0; start < text.length; start += 65_536) response.write(text.slice(start, start + 65_536));
  response.end();
}
