import type { EnumDeclaration } from './code-tables.ts';
import { type Contract, findCodeTable } from './contract.ts';

/** An enum of the hub or of a department. */
export function findEnum(contract: Contract, name: string): EnumDeclaration | undefined {
  return contract.core.enums.get(name) ?? contract.enums.get(name);
}

/**
 * Stored code → value, for a field of a type, by the name of a table: codes that stand on the enum's own values come
 * first, then the department's table, then the hub's. Undefined where there is no such table.
 */
export function resolveCodes(
  contract: Contract,
  department: string,
  typeName: string,
  table: string,
): ReadonlyMap<string, string> | undefined {
  const ofEnum = findEnum(contract, typeName)?.codes.get(table);
  return ofEnum ?? findCodeTable(contract, department, table)?.codes;
}

/** Value → stored code, for keys. Undefined where a value has two codes: the key would then miss rows. */
export function invertCodes(codes: ReadonlyMap<string, string>): ReadonlyMap<string, string> | undefined {
  const inverse = new Map<string, string>();
  for (const [code, value] of codes) {
    if (inverse.has(value)) return undefined;
    inverse.set(value, code);
  }
  return inverse;
}
