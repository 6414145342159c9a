import { type DefinitionNode, type DocumentNode, Kind } from 'graphql';
import type { Core } from './read-core.ts';

/**
 * The realm of a department: object types and enums with its prefix, and fields on shared entities. Everything else in
 * its file is somebody else's and is neither read nor composed.
 */
export function definitionsInRealm(
  core: Core,
  document: DocumentNode,
  prefix: string,
): readonly DefinitionNode[] {
  return document.definitions.filter((node) => realmFault(core, node, prefix) === undefined);
}

/** Why a definition is none of the department's business; undefined if it is. */
export function realmFault(
  core: Core,
  node: DefinitionNode,
  prefix: string,
): { readonly rule: 'realm' | 'type-kind'; readonly message: string } | undefined {
  switch (node.kind) {
    case Kind.SCHEMA_EXTENSION:
      return undefined;
    case Kind.OBJECT_TYPE_EXTENSION:
      if (core.entities.has(node.name.value)) return undefined;
      return nameFault(core, node.name.value, prefix);
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.ENUM_TYPE_DEFINITION:
    case Kind.ENUM_TYPE_EXTENSION:
      return nameFault(core, node.name.value, prefix);
    case Kind.INTERFACE_TYPE_DEFINITION:
    case Kind.INTERFACE_TYPE_EXTENSION:
    case Kind.UNION_TYPE_DEFINITION:
    case Kind.UNION_TYPE_EXTENSION:
    case Kind.INPUT_OBJECT_TYPE_DEFINITION:
    case Kind.INPUT_OBJECT_TYPE_EXTENSION:
      return nameFault(core, node.name.value, prefix) ?? { rule: 'type-kind', message: typeKindMessage };
    case Kind.SCHEMA_DEFINITION:
      return { rule: 'realm', message: 'The schema is the hub’s own; write `extend schema`.' };
    case Kind.DIRECTIVE_DEFINITION:
    case Kind.SCALAR_TYPE_DEFINITION:
    case Kind.SCALAR_TYPE_EXTENSION:
      return { rule: 'realm', message: 'Directives and scalars are defined by the hub alone.' };
    default:
      return { rule: 'realm', message: 'A contract file holds type definitions only.' };
  }
}

/** Is the name a type name of the department with this prefix? `PoliceRecord` is one of `Police`, `Policeman` is not. */
export function hasPrefix(name: string, prefix: string): boolean {
  return prefix !== '' && name.startsWith(prefix) && !/^[a-z]/.test(name.slice(prefix.length));
}

const typeKindMessage =
  'A department defines object types and enums; interfaces, unions and inputs have no mapping.';

function nameFault(core: Core, name: string, prefix: string) {
  if (core.typeNames.has(name)) {
    return { rule: 'realm', message: `${name} is a type of the hub.` } as const;
  }
  if (!hasPrefix(name, prefix)) {
    return { rule: 'realm', message: `${name} does not have the department's prefix ${prefix}.` } as const;
  }
  return undefined;
}
