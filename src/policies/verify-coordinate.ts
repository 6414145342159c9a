/** A field and its verification, as one thing that is decided and recorded: `PoliceRecord.name#verify`. */
export function verifyCoordinate<Field extends string>(field: Field): `${Field}#verify` {
  return `${field}${verifySuffix}`;
}

/** The field of such a coordinate. `coordinate` may come from the request. */
export function parseVerifyCoordinate(coordinate: string): string | undefined {
  return coordinate.endsWith(verifySuffix) ? coordinate.slice(0, -verifySuffix.length) : undefined;
}

const verifySuffix = '#verify';
