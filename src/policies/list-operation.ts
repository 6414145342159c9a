/** What can be granted on a register as a whole, beside reading what is found in it. */
export const listOperations = ['search', 'count'] as const;

export type ListOperation = (typeof listOperations)[number];

/** A register and what is done with it, as one thing that is decided and recorded: `Resident.police#search`. */
export type ListCoordinate = `${string}.${string}#${ListOperation}`;

export function listCoordinate(register: `${string}.${string}`, operation: ListOperation): ListCoordinate {
  return `${register}#${operation}`;
}

/** `coordinate` may come from the request. */
export function parseListCoordinate(
  coordinate: string,
): { readonly register: string; readonly operation: ListOperation } | undefined {
  const at = coordinate.lastIndexOf('#');
  const operation = listOperations.find((one) => at >= 0 && one === coordinate.slice(at + 1));
  return operation && { register: coordinate.slice(0, at), operation };
}

export function isListOperation(operation: string | undefined): operation is ListOperation {
  return listOperations.some((one) => one === operation);
}
