import type { ASTNode } from 'graphql';
import { allConnects, allFields, type Contract, findCodeTable } from '../contract.ts';
import type { Finding } from '../finding.ts';
import { quote } from '../names.ts';
import { isValid, locate } from '../read-directives.ts';
import { findEnum, resolveCodes } from '../resolve-codes.ts';

export function* codeTableIsDeclaredOnce({ codeTables, core }: Contract): Iterable<Finding> {
  const national = new Set(core.codeTables.keys());
  for (const { codes } of core.enums.values()) for (const table of codes.keys()) national.add(table);
  const seen = new Set<string>();
  for (const { applied, name, owner } of codeTables) {
    const id = `${owner} ${name}`;
    const node = locate(applied.node, 'name');
    if (national.has(name)) yield { node, message: `${quote(name)} is a code table of the hub.` };
    else if (seen.has(id)) yield { node, message: `The code table ${quote(name)} is declared already.` };
    seen.add(id);
  }
}

export function* codeTableIsSound({ codeTables, enums }: Contract): Iterable<Finding> {
  for (const { applied, name } of codeTables) {
    const { codes } = applied.values;
    const seen = new Set<string>();
    if (name.trim() === '') yield { node: applied.node, message: 'A code table has a name.' };
    if (codes.length === 0) yield { node: applied.node, message: `${quote(name)} has no codes.` };
    for (const [index, { code, is }] of codes.entries()) {
      const node = locate(applied.node, 'codes', index);
      if (code === '' || is === '') yield { node, message: 'Neither a code nor its value is empty.' };
      if (seen.has(code)) yield { node, message: `The code ${quote(code)} stands in ${quote(name)} twice.` };
      seen.add(code);
    }
  }
  for (const { repeatedCodes, name } of enums.values()) {
    for (const { node, code } of repeatedCodes) {
      yield { node, message: `The code ${quote(code)} stands for two values of ${name}.` };
    }
  }
}

export function* codeTableIsKnown(contract: Contract): Iterable<Finding> {
  for (const { department, type, from } of allFields(contract)) {
    for (const { node, values } of from.filter(isValid)) {
      if (values.codes === undefined || resolveCodes(contract, department, type.name, values.codes)) continue;
      yield unknownTable(locate(node, 'codes'), values.codes);
    }
  }
  for (const { node, values, field } of allConnects(contract)) {
    for (const [index, { codes }] of values.key.entries()) {
      if (codes === undefined || findCodeTable(contract, field.department, codes)) continue;
      yield unknownTable(locate(node, 'key', index, 'codes'), codes);
    }
  }
}

function unknownTable(node: ASTNode, name: string): Finding {
  return { node, message: `Neither the department nor the hub has the code table ${quote(name)}.` };
}

const textTypes: ReadonlySet<string> = new Set(['String', 'ID']);

export function* codesFitTheField(contract: Contract): Iterable<Finding> {
  for (const field of allFields(contract)) {
    const values = findEnum(contract, field.type.name)?.values;
    for (const { node, values: from } of field.from.filter(isValid)) {
      const at = locate(node, 'codes');
      if (from.codes === undefined) {
        if (values)
          yield { node: at, message: `${field.type.name} is an enum, so its stored codes are named.` };
      } else if (!values && !textTypes.has(field.type.name)) {
        yield { node: at, message: `Codes stand for an enum or for text, not for ${field.type.name}.` };
      } else if (values) {
        const codes = resolveCodes(contract, field.department, field.type.name, from.codes);
        const stray = [...(codes?.values() ?? [])].find((value) => !values.has(value));
        if (stray === undefined) continue;
        yield {
          node: at,
          message: `${quote(from.codes)} has ${quote(stray)}, which ${field.type.name} has not.`,
        };
      }
    }
  }
}
