import type { Hub, Verb } from './operator-command.ts';

/** The verb that shows one object of a list whole, as JSON. */
export function showOne<T>(of: {
  readonly read: (hub: Hub) => Promise<readonly T[]>;
  readonly nameOf: (one: T) => string;
  /** What is said where there is none of that name. */
  readonly none: string;
}): Verb {
  return ({ positionals: [name, ...rest] }) => {
    if (name === undefined || rest.length > 0) return undefined;
    return async (hub, print) => {
      const found = (await of.read(hub)).find((one) => of.nameOf(one) === name);
      if (found === undefined) throw new TypeError(of.none);
      print.out(JSON.stringify(found, null, 2));
    };
  };
}
