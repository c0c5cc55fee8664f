import type { NotFoundError } from '../core/errors.ts';
import { err, ok, type Result } from '../core/result.ts';
import { listed, suggestion } from './near-matches.ts';

/** An entry of that name is there already; nothing was changed. */
export interface DuplicateError {
  readonly kind: 'DuplicateError';
  readonly message: string;
  readonly name: string;
}

/** Things of one sort by name: `register`, `get`, `list`, `has`, the same four for whatever a blueprint may refer to. */
export interface Catalog<T> {
  register(entry: T): Result<T, DuplicateError>;
  /** An unknown name is an error that says what may have been meant. */
  get(name: string): Result<T, NotFoundError>;
  /** By name. */
  list(): readonly T[];
  has(name: string): boolean;
}

/** Makes an empty catalog; `noun` is what its messages call an entry, `remedy` what to do while there is none at all. */
export function createCatalog<T extends { readonly name: string }>(noun: string, remedy?: string): Catalog<T> {
  const entries = new Map<string, T>();
  const unknown = (name: string): NotFoundError => {
    const known = suggestion(name, entries.keys());
    const help = entries.size === 0 && remedy !== undefined ? ` ${remedy}` : '';
    return { kind: 'NotFoundError', id: name, message: `No ${noun} is named "${name}". ${known}${help}` };
  };
  return {
    register(entry) {
      if (entries.has(entry.name)) return err(duplicate(noun, entry.name));
      entries.set(entry.name, entry);
      return ok(entry);
    },
    get(name) {
      const entry = entries.get(name);
      return entry === undefined ? err(unknown(name)) : ok(entry);
    },
    list: () => [...entries.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    has: (name) => entries.has(name),
  };
}

const duplicate = (noun: string, name: string): DuplicateError => ({
  kind: 'DuplicateError',
  name,
  message: `The ${noun} ${listed([name], 'and')} is registered already. Give one of the two another name.`,
});
