import type {
  Connection,
  Connector,
  ConnectorObserver,
  SourceSettings,
} from '../src/connectors/connector.ts';
import { createConnector } from '../src/connectors/create-connector.ts';
import { HubError } from '../src/errors.ts';

/** Nobody's: it is in no register, so every department answers "no record". Of the synthetic population. */
export const neverFound = '330106199909099956';
/** 吴敏华 of the synthetic population: while she is asked for, social security does not answer. */
export const alwaysDown = '330106198511039086';
const downDepartment = 'social-security';

/**
 * The connectors of a sandbox: they reach the sample departments of this machine, over the contract's own mapping, whatever connection is
 * stored. A source for which there is no sample department has no connector.
 */
export function createSandboxConnector(samples: Readonly<Record<string, Connection>>) {
  return (settings: SourceSettings, _stored: Connection, observer: ConnectorObserver): Connector => {
    const sample = new Map(Object.entries(samples)).get(settings.credential);
    if (!sample) {
      throw new HubError('CONFIG_INVALID', { hint: `Source ${settings.name} has no sample department.` });
    }
    const connector = createConnector(settings, sample, observer);
    return settings.department === downDepartment ? withOutage(connector) : connector;
  };
}

/** As an outage is: the read fails whole, for everybody who is asked for together. */
function withOutage(connector: Connector): Connector {
  return {
    ...connector,
    source: connector.source,
    kind: connector.kind,
    read: (request, signal) =>
      request.keys.some((key) => key.includes(alwaysDown))
        ? Promise.reject(
            new HubError('SOURCE_UNAVAILABLE', {
              details: { source: connector.source, entity: request.shape.entity },
            }),
          )
        : connector.read(request, signal),
    probe: (signal) => connector.probe(signal),
    close: () => connector.close(),
  };
}
