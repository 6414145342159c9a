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
  const [typeName = '', name = ''] = coordinate.split('.');
  const type = graph.schema.getType(typeName);
  const fields = type && 'getFields' in type ? type.getFields() : {};
  const description = Object.hasOwn(fields, name) ? fields[name]?.description : undefined;
  return /^[\p{Script=Han}、·]+/u.exec(description ?? '')?.[0] ?? name;
}

/** 公安 for `police`. */
export function departmentTitle(graph: Graph, department: string): string {
  return graph.departments.get(department)?.title ?? department;
}
