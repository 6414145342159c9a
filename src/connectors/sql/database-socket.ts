import { Socket } from 'node:net';
import { createGuardedLookup } from '../../outbound-address.ts';
import type { SqlConnection } from './sql-connection.ts';

/** A database may be on the hub's own machine, in production too: nobody without an account is answered there. */
const lookup = createGuardedLookup({});

/**
 * The socket that a driver gets in place of its own. It leads to the connection's server whatever the driver names, and only to addresses
 * that the hub connects to; a name that leads to others fails as one that cannot be resolved does.
 */
export class DatabaseSocket extends Socket {
  readonly #host: string;
  readonly #port: number;

  constructor({ host, port }: Pick<SqlConnection, 'host' | 'port'>) {
    super();
    this.#host = host;
    this.#port = port;
  }

  override connect(): this {
    return super.connect({ host: this.#host, port: this.#port, lookup });
  }
}
