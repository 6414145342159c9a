import { Kind } from 'graphql';
import type { Contract } from '../contract.ts';
import type { Finding } from '../finding.ts';
import { isRegisteredName, quote } from '../names.ts';
import { locate } from '../read-directives.ts';
import { hasPrefix, realmFault } from '../realm.ts';

const prefixPattern = /^[A-Z][a-z][A-Za-z0-9]{0,30}$/;

export function* fileNamesOneDepartment({ files }: Contract): Iterable<Finding> {
  for (const { document, department, named } of files) {
    const header = document.definitions.find(({ kind }) => kind === Kind.SCHEMA_EXTENSION);
    const node = header ?? document.definitions[0] ?? document;
    const names = [...named].map(quote).join(', ');
    if (named.size > 1) {
      yield { node, message: `A file speaks for one department; this one names ${names}.` };
    } else if (!department && named.size === 1) {
      yield { node, message: `No file declares the department ${names} with @department.` };
    } else if (!department && !mentionsDepartment(header)) {
      yield {
        node,
        message: 'The file names no department: declare it with `extend schema @department(…)`.',
      };
    }
  }
}

/** With wrong arguments, perhaps, which is then reported already. */
function mentionsDepartment(header: object | undefined): boolean {
  if (!header || !('directives' in header) || !Array.isArray(header.directives)) return false;
  return header.directives.some(({ name }) => ['department', 'source'].includes(name.value));
}

export function* departmentIsWellNamed({ departments, core }: Contract): Iterable<Finding> {
  for (const { node, values } of departments) {
    if (!isRegisteredName(values.name)) {
      const message = `A department's name is of lower-case letters, digits and hyphens, not ${quote(values.name)}.`;
      yield { node: locate(node, 'name'), message };
    }
    const prefix = quote(values.prefix);
    if (!prefixPattern.test(values.prefix)) {
      yield {
        node: locate(node, 'prefix'),
        message: `A prefix is in PascalCase, such as "Police", not ${prefix}.`,
      };
    } else if ([...core.typeNames].some((name) => hasPrefix(name, values.prefix))) {
      yield { node: locate(node, 'prefix'), message: `Types of the hub have the prefix ${prefix}.` };
    }
    if (values.title.trim() === '')
      yield { node: locate(node, 'title'), message: 'A department has a title.' };
  }
}

export function* departmentIsDeclaredOnce({ departments }: Contract): Iterable<Finding> {
  for (const [index, { node, values }] of departments.entries()) {
    const earlier = departments.slice(0, index).map((department) => department.values);
    if (earlier.some(({ name }) => name === values.name)) {
      yield { node, message: `The department ${quote(values.name)} is declared already.` };
    }
    const rival = earlier.find(
      ({ prefix }) => hasPrefix(prefix, values.prefix) || hasPrefix(values.prefix, prefix),
    );
    if (rival && rival.name !== values.name) {
      const message = `The prefix ${quote(values.prefix)} overlaps ${quote(rival.prefix)} of ${quote(rival.name)}.`;
      yield { node: locate(node, 'prefix'), message };
    }
  }
}

export function* definitionsStayInRealm(contract: Contract): Iterable<Finding> {
  yield* faultyDefinitions(contract, 'realm');
}

export function* typesAreObjectsOrEnums(contract: Contract): Iterable<Finding> {
  yield* faultyDefinitions(contract, 'type-kind');
  for (const definition of contract.files.flatMap(({ definitions }) => definitions)) {
    if (!('interfaces' in definition)) continue;
    for (const node of definition.interfaces ?? []) {
      yield { node, message: 'The hub adds interfaces to types; a department declares none.' };
    }
  }
}

function* faultyDefinitions({ core, files }: Contract, rule: 'realm' | 'type-kind'): Iterable<Finding> {
  for (const { document, department } of files) {
    if (!department) continue;
    for (const node of document.definitions) {
      const fault = realmFault(core, node, department.values.prefix);
      if (fault?.rule === rule) yield { node, message: fault.message };
    }
  }
}

export function* rootOperationsAreTheHubs({ files }: Contract): Iterable<Finding> {
  for (const definition of files.flatMap(({ document }) => document.definitions)) {
    if (definition.kind !== Kind.SCHEMA_EXTENSION && definition.kind !== Kind.SCHEMA_DEFINITION) continue;
    for (const node of definition.operationTypes ?? []) {
      yield { node, message: `A department adds no ${node.operation} operations.` };
    }
  }
}

export function* entityFieldIsTheDepartments(contract: Contract): Iterable<Finding> {
  const owned = new Set<string>();
  for (const { node, parentType, name, department, type } of contract.entityFields) {
    const prefix = contract.departments.find(({ values }) => values.name === department)?.values.prefix ?? '';
    const expected = prefix.slice(0, 1).toLowerCase() + prefix.slice(1);
    const place = `${parentType}.${name}`;
    if (owned.has(`${department} ${parentType}`)) {
      yield { node, message: `A department owns one field of ${parentType}; ${place} is another.` };
    } else if (name !== expected) {
      yield { node, message: `The department's field is ${parentType}.${expected}, not ${place}.` };
    }
    owned.add(`${department} ${parentType}`);
    const { leafTypes, entities } = contract.core;
    if (leafTypes.has(type.name) || entities.has(type.name) || contract.enums.has(type.name)) {
      yield { node, message: `${place} is a record or a group of records, so its type is an object type.` };
    }
  }
}

export function* entityKeyIsRepeated({ core, files }: Contract): Iterable<Finding> {
  for (const definition of files.flatMap(({ definitions }) => definitions)) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.OBJECT_TYPE_EXTENSION)
      continue;
    const keys = core.entities.get(definition.name.value)?.keys;
    for (const node of definition.directives ?? []) {
      if (node.name.value !== 'key') continue;
      const fields = node.arguments?.find((argument) => argument.name.value === 'fields')?.value;
      if (keys === undefined) {
        yield { node, message: '@key stands on shared entities only.' };
      } else if (fields?.kind === Kind.STRING && !keys.includes(fields.value)) {
        const known = keys.map(quote).join(' or ');
        yield { node, message: `The key of ${definition.name.value} is ${known}.` };
      }
    }
  }
}

export function* metaFieldsAreTheHubs({ core, types, outline }: Contract): Iterable<Finding> {
  const metaFields = new Set(core.recordSection.fields?.map(({ name }) => name.value));
  for (const type of types.values()) {
    const isRecord = outline.uses
      .get(type.name)
      ?.some(({ field }) => ['connect', 'group'].includes(outline.kinds.get(field.coordinate) ?? ''));
    if (!isRecord) continue;
    for (const { node, name } of type.fields.values()) {
      if (metaFields.has(name)) yield { node, message: `The hub itself adds ${name} to each record.` };
    }
  }
}
