import type { Connector } from '../connectors/connector.ts';
import { HubError } from '../errors.ts';

/**
 * The place of one source's connector, which requests hold on to while connectors come and go in it. A read begins on the connector of
 * that moment and ends on it; a request's next read may find the next one. Only what has left its slot is closed.
 */
export interface ConnectorSlot extends Connector {
  /** Puts in another, or none; returns the one that was there, for the caller to close. */
  replace(next: Connector | undefined): Connector | undefined;
}

export function createConnectorSlot(source: string, kind: Connector['kind']): ConnectorSlot {
  let inside: Connector | undefined;
  return {
    source,
    kind,
    read: (request, signal) => inside?.read(request, signal) ?? refuse(source, request.shape.entity),
    list: (request, signal) => inside?.list(request, signal) ?? refuse(source, request.entity),
    count: (request, signal) => inside?.count(request, signal) ?? refuse(source, request.entity),
    async probe(signal) {
      return inside ? inside.probe(signal) : { ok: false, notes: ['no connection is stored'] };
    },
    async close() {
      await inside?.close();
    },
    replace(next) {
      const previous = inside;
      inside = next;
      return previous;
    },
  };
}

function refuse(source: string, entity: string): Promise<never> {
  return Promise.reject(new HubError('SOURCE_UNAVAILABLE', { details: { source, entity } }));
}
