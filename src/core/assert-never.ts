/** Ends an exhaustive switch: a new member of the union does not compile until the switch knows it. */
export function assertNever(value: never): never {
  throw new Error(`Unexpected member of a union: ${JSON.stringify(value)}`);
}
