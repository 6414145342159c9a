import type { Graph } from '../contract/graph.ts';

/** A sentence, or a part of one, in both languages. */
export interface Words {
  readonly zh: string;
  readonly en: string;
}

/** Chinese first, English second, as everywhere that a caller reads. */
export function sayBoth({ zh, en }: Words): string {
  return `${zh} ${en}`;
}

/** The Chinese term with which a field's description begins, else the field's name. `coordinate` names a field of the schema. */
export function titleOf(graph: Graph, coordinate: string): string {
  const [field = '', operation] = coordinate.split('#', 2);
  const done = operations.get(operation ?? '');
  if (done !== undefined) return `${titleOf(graph, field)}（${done}）`;
  const [typeName = '', name = ''] = field.split('.');
  const type = graph.schema.getType(typeName);
  const fields = type && 'getFields' in type ? type.getFields() : {};
  const description = Object.hasOwn(fields, name) ? fields[name]?.description : undefined;
  return /^[\p{Script=Han}、·]+/u.exec(description ?? '')?.[0] ?? name;
}

/** What is done with a register or a field as a whole: `Resident.police#search`. */
const operations: ReadonlyMap<string, string> = new Map([
  ['search', '查找'],
  ['count', '计数'],
  ['verify', '核验'],
]);

/** 公安 for `police`. */
export function departmentTitle(graph: Graph, department: string): string {
  return graph.departments.get(department)?.title ?? department;
}
