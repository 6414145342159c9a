import type { Connector } from '../../src/connectors/connector.ts';

/** For sources of tests that are not about registers. */
export const noLists: Pick<Connector, 'list' | 'count'> = {
  list: () => Promise.reject(new TypeError('this source of the test lists nothing')),
  count: () => Promise.reject(new TypeError('this source of the test counts nothing')),
};
