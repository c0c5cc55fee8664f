/**
 * A value that the planner does not see. Its statistics are of all tenants: of a plan that is made for a name which is frequent
 * elsewhere, its time would tell that it is.
 */
export const unseen = (parameter: string, type: 'varchar' | 'jsonb' | 'uuid' | 'text[]'): string =>
  `(select ${parameter}::${type})`;

/** The values of a statement that is put together by parts: `add` gives the place of a value, `$1`, `$2`, ... */
export interface Parameters {
  readonly values: readonly unknown[];
  add(value: unknown): string;
}

/**
 * A condition that is not asked for is left out of the statement: as `$1 is null or ...` it would keep a plan that is
 * made once from going straight to the first row of a page.
 */
export function createParameters(): Parameters {
  const values: unknown[] = [];
  return { values, add: (value) => `$${values.push(value)}` };
}
