import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { type ExplorerFiles, readExplorerFiles } from '../../src/explorer/explorer-files.ts';
import { registerExplorerRoutes } from '../../src/explorer/explorer-routes.ts';

let files: ExplorerFiles;
let server: FastifyInstance;
beforeAll(async () => {
  files = await readExplorerFiles();
  server = fastify();
  registerExplorerRoutes(server, files);
});
afterAll(() => server.close());

describe('the explorer', () => {
  it('is off in production unless it is asked for, and on elsewhere', () => {
    const isOn = (environment: Record<string, string>) => parseConfig(environment).isExplorerOn;
    expect(isOn({})).toBe(true);
    expect(isOn({ HUB_EXPLORER: 'off' })).toBe(false);
    expect(isOn({ NODE_ENV: 'production' })).toBe(false);
    expect(isOn({ NODE_ENV: 'production', HUB_EXPLORER: 'on' })).toBe(true);
    expect(() => isOn({ HUB_EXPLORER: 'yes' })).toThrow(/HUB_EXPLORER must be one of/);
  });

  it('runs scripts of this hub alone: none inline, none from elsewhere, none made of text', async () => {
    const { headers, body } = await server.inject('/explorer');
    const policy = String(headers['content-security-policy']);
    expect(policy).toMatch(/default-src 'none'; script-src 'self';/);
    expect(policy).toContain("connect-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe-eval|https?:|\*/);
    expect(body).not.toMatch(/<script(?![^>]* src="\/explorer\/)/);
    expect(body).not.toMatch(/(?:src|href)="(?!\/explorer\/|data:,)/);
  });

  it('serves every file that the page names, for good, because a changed one has another name', async () => {
    const { body } = await server.inject('/explorer');
    const named = [...body.matchAll(/(?:src|href)="(\/explorer\/[^"]+)"/g)].map(([, url = '']) => url);
    expect(named).toHaveLength(files.assets.size);
    for (const url of named) {
      const { statusCode, headers } = await server.inject(url);
      expect([statusCode, headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable']);
      expect(headers['content-type']).toMatch(/^text\/(javascript|css); charset=utf-8$/);
      expect(url).toMatch(/\.[0-9a-f]{16}\.(js|css)$/);
    }
  });

  it.each([
    '/explorer/graphiql.min.js',
    '/explorer/package.json',
    '/explorer/explorer.html',
    '/explorer/../package.json',
    '/explorer/..%2fpackage.json',
    '/explorer/%2e%2e%2f%2e%2e%2fetc%2fpasswd',
    '/explorer/..%5c..%5cpackage.json',
    '/explorer/%2e%2e/package.json',
    '/explorer//etc/passwd',
    '/explorer/react.production.min.js%00.js',
    '/explorer/__proto__',
    '/explorer/constructor',
    '/explorer/',
  ])('serves nothing but its own files: not %s', async (url) => {
    const { statusCode } = await server.inject(url);
    expect(statusCode).toBe(404);
  });

  it('keeps nothing: its script writes no storage, cookie or address', () => {
    const own = [...files.assets.values()].find(
      ({ name }) => name.startsWith('explorer.') && name.endsWith('.js'),
    );
    const text = String(own?.content);
    expect(text).toContain('shuqiao-purpose');
    expect(text).not.toMatch(
      /localStorage|sessionStorage|indexedDB|document\.cookie|history\.|location|innerHTML/,
    );
  });
});
