import type { FastifyInstance } from 'fastify';
import { HubError } from '../errors.ts';
import { openAdminChannel } from '../registry/admin-channel.ts';
import type { Administration } from '../registry/administration.ts';
import type { Closers } from './closers.ts';
import type { Foundation } from './lay-foundation.ts';

/** Listens for callers, then for the operator. Resolves with the URL that is served. */
export async function listenAll(
  { config }: Foundation,
  server: FastifyInstance,
  administration: Administration,
  closers: Closers,
): Promise<string> {
  const url = await server.listen({ host: config.host, port: config.port }).catch((cause: unknown) => {
    throw cannotListen(config.host, config.port, cause);
  });
  const channel = await openAdminChannel(config.dataDir, administration);
  closers.add(() => channel.close());
  return url;
}

const reasons: Readonly<Record<string, readonly [zh: string, en: string]>> = {
  EADDRINUSE: [
    'PORT 已被占用，请另设一个，如 PORT=4100',
    'PORT is in use; set another one, such as PORT=4100',
  ],
  EACCES: ['无权使用此 PORT', 'this process may not use that PORT'],
  EADDRNOTAVAIL: ['HOST 不是本机地址', 'HOST is no address of this machine'],
  ENOTFOUND: ['HOST 无法解析', 'HOST cannot be resolved'],
  EAI_AGAIN: ['HOST 暂时无法解析', 'HOST cannot be resolved now'],
};

function cannotListen(host: string, port: number, cause: unknown): HubError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
  const [zh, en] = reasons[code] ?? [code, code];
  return new HubError('CONFIG_INVALID', {
    hintZh: `无法监听 HOST ${host}、PORT ${port}：${zh}。`,
    hint: `The hub cannot listen on HOST ${host}, PORT ${port}: ${en}.`,
    cause,
  });
}
