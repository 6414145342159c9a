import {
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  isAbstractType,
  isObjectType,
  Kind,
  print,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import type { Condition, Guard, Guards } from './plan.ts';

/** All selections of one field of one object type that ask for the same thing: same name, same arguments. */
export interface FieldGroup {
  readonly name: string;
  /** Name and arguments as written, in a fixed order: equal wherever the same thing is asked. */
  readonly key: string;
  readonly nodes: FieldNode[];
  readonly responseNames: Set<string>;
  readonly arguments: ReadonlyMap<string, ValueNode>;
  guards: Guards;
  /** Sub-selections, each with the guards on the way to it. */
  readonly selections: GuardedSelection[];
}

export interface GuardedSelection {
  readonly set: SelectionSetNode;
  readonly guards: Guards;
}

export const always: Guards = Object.freeze([Object.freeze([])]);
const never: Guards = Object.freeze([]);

/**
 * The fields selected on the object type `typeName`, fragments and type conditions resolved. Response names do not matter here:
 * aliases of one field are one group, so that a rule always looks at the resolved field.
 */
export function collectFields(
  schema: GraphQLSchema,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  typeName: string,
  selections: readonly GuardedSelection[],
): readonly FieldGroup[] {
  const groups = new Map<string, FieldGroup>();
  walkFields(schema, fragments, typeName, selections, (node, guards) => addField(groups, node, guards));
  return [...groups.values()];
}

/** All selections under one response name of one object type. Valid operations ask for one thing under one name. */
export interface ResponseField extends Pick<FieldGroup, 'name' | 'key' | 'selections'> {
  readonly responseName: string;
  guards: Guards;
}

/** The same by response name, in the order in which they stand in the answer. */
export function collectResponses(
  schema: GraphQLSchema,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  typeName: string,
  selections: readonly GuardedSelection[],
): readonly ResponseField[] {
  const fields = new Map<string, ResponseField>();
  walkFields(schema, fragments, typeName, selections, (node, guards) => {
    const responseName = node.alias?.value ?? node.name.value;
    const field = fields.get(responseName) ?? {
      responseName,
      name: node.name.value,
      key: groupKey(node),
      guards: never,
      selections: [],
    };
    fields.set(responseName, field);
    // Exactly: what is widened here would be shown.
    field.guards = isAlways(guards) ? always : eitherOf(field.guards, guards);
    if (node.selectionSet) field.selections.push({ set: node.selectionSet, guards });
  });
  return [...fields.values()];
}

/**
 * The property under which fetch leaves what a field asks for, and the answer finds it. It follows from what is asked, not from where: a
 * field node of a fragment stands in several places. A number stands for the arguments, which may hold values; `names` are those of the
 * operation.
 */
export function propertyOf(
  names: Map<string, string>,
  { name, key }: Pick<FieldGroup, 'name' | 'key'>,
): string {
  if (key === name) return name;
  const known = names.get(key);
  if (known !== undefined) return known;
  const property = `${name}@${names.size}`;
  names.set(key, property);
  return property;
}

function walkFields(
  schema: GraphQLSchema,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  typeName: string,
  selections: readonly GuardedSelection[],
  onField: (node: FieldNode, guards: Guards) => void,
): void {
  const walk = (set: SelectionSetNode, outer: Guards): void => {
    for (const selection of set.selections) {
      const guards = and(outer, guardsOf(selection.directives));
      if (guards.length === 0) continue;
      if (selection.kind === Kind.FIELD) onField(selection, guards);
      else if (selection.kind === Kind.INLINE_FRAGMENT) {
        if (applies(schema, selection.typeCondition?.name.value, typeName))
          walk(selection.selectionSet, guards);
      } else {
        const fragment = fragments.get(selection.name.value);
        if (fragment && applies(schema, fragment.typeCondition.name.value, typeName)) {
          walk(fragment.selectionSet, guards);
        }
      }
    }
  };
  for (const { set, guards } of selections) walk(set, guards);
}

function addField(groups: Map<string, FieldGroup>, node: FieldNode, guards: Guards): void {
  const key = groupKey(node);
  let group = groups.get(key);
  if (!group) {
    group = {
      name: node.name.value,
      key,
      nodes: [],
      responseNames: new Set(),
      arguments: new Map((node.arguments ?? []).map((argument) => [argument.name.value, argument.value])),
      guards: never,
      selections: [],
    };
    groups.set(key, group);
  }
  group.nodes.push(node);
  group.responseNames.add(node.alias?.value ?? node.name.value);
  group.guards = or(group.guards, guards);
  if (node.selectionSet) group.selections.push({ set: node.selectionSet, guards });
}

function groupKey(node: FieldNode): string {
  if (!node.arguments || node.arguments.length === 0) return node.name.value;
  const printed = node.arguments.map((argument) => `${argument.name.value}:${print(argument.value)}`).sort();
  return `${node.name.value}(${printed.join(',')})`;
}

function applies(schema: GraphQLSchema, condition: string | undefined, typeName: string): boolean {
  if (condition === undefined || condition === typeName) return true;
  const type = schema.getType(condition);
  const object = schema.getType(typeName);
  return isAbstractType(type) && isObjectType(object) && schema.isSubType(type, object);
}

function guardsOf(directives: readonly DirectiveNode[] | undefined): Guards {
  let guards = always;
  for (const directive of directives ?? []) {
    const name = directive.name.value;
    if (name !== 'include' && name !== 'skip') continue;
    const value = directive.arguments?.[0]?.value;
    guards = and(guards, guardOf(value, name === 'include'));
  }
  return guards;
}

function guardOf(value: ValueNode | undefined, wanted: boolean): Guards {
  if (value?.kind === Kind.BOOLEAN) return value.value === wanted ? always : never;
  if (value?.kind === Kind.VARIABLE) return [[{ variable: value.name.value, is: wanted }]];
  return never;
}

export function and(left: Guards, right: Guards): Guards {
  if (left === always) return right;
  if (right === always) return left;
  return left.flatMap((a) => right.map((b): Guard => [...a, ...b]));
}

/** Guards beyond this many alternatives are widened to `always`: more is read than shown, never more than permitted. */
const maxAlternatives = 64;

export function or(left: Guards, right: Guards): Guards {
  if (isAlways(left) || isAlways(right)) return always;
  const either = eitherOf(left, right);
  return either.length > maxAlternatives ? always : either;
}

function eitherOf(left: Guards, right: Guards): Guards {
  return [...new Map([...left, ...right].map((guard) => [JSON.stringify(guard), guard])).values()];
}

export function isAlways(guards: Guards): boolean {
  return guards.some((guard) => guard.length === 0);
}

/** Is a guarded selection made, given the coerced variables? A null is neither true nor false: nothing is selected. */
export function isActive(guards: Guards, variables: Readonly<Record<string, unknown>>): boolean {
  return guards.some((guard) => guard.every((condition) => isMet(condition, variables[condition.variable])));
}

function isMet(condition: Condition, value: unknown): boolean {
  if ('is' in condition) return (value ?? null) === condition.is;
  const has = (text: string) => (Array.isArray(value) ? value.includes(text) : value === text);
  if ('holds' in condition) return has(condition.holds);
  return value !== null && value !== undefined && !has(condition.lacks);
}
