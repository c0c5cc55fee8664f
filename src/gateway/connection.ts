import type { Page, PageArguments } from '../use-cases/page.ts';
import { badRequest } from './problem.ts';
import { hasNul } from './searched-text.ts';

export const MAX_PAGE_SIZE = 100;
export const DEFAULT_PAGE_SIZE = 20;

/** The arguments of every connection field, as `t.arg.connectionArgs()` gives them. */
export interface ConnectionArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** What `builder.connectionObject` types read. */
export interface Connection<Item> {
  readonly edges: { readonly cursor: string; readonly node: Item }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/** How one list turns its key into a cursor and back; `decode` answers undefined for what is no cursor of this list. */
export interface CursorCodec<Key> {
  encode(key: Key): string;
  decode(cursor: string): Key | undefined;
}

/** Cursors of a list that is ordered by a text, such as names or IDs. */
export const textCursors = (list: string): CursorCodec<string> => ({
  encode: (key) => Buffer.from(`${list}:${key}`, 'utf8').toString('base64url'),
  decode: (cursor) => {
    const text = Buffer.from(cursor, 'base64url').toString('utf8');
    return text.startsWith(`${list}:`) && !hasNul(text) ? text.slice(list.length + 1) : undefined;
  },
});

/** Cursors of a list that is ordered by a whole number, such as versions. */
export const numberCursors = (list: string): CursorCodec<number> => {
  const text = textCursors(list);
  return {
    encode: (key) => text.encode(String(key)),
    decode: (cursor) => {
      const key = text.decode(cursor);
      return key !== undefined && /^\d{1,15}$/.test(key) ? Number(key) : undefined;
    },
  };
};

/** Checks the arguments and decodes the cursors; a wrong one is the client's fault and says what is right. */
export function toPageArguments<Key>(args: ConnectionArguments, cursors: CursorCodec<Key>): PageArguments<Key> {
  const first = args.first ?? undefined;
  const last = args.last ?? undefined;
  if (first !== undefined && last !== undefined) throw badRequest('Give either first or last, not both.');
  if (first !== undefined) assertPageSize(first, 'first');
  if (last !== undefined) assertPageSize(last, 'last');
  return {
    limit: first ?? last ?? DEFAULT_PAGE_SIZE,
    direction: last === undefined ? 'forward' : 'backward',
    after: decodeCursor(args.after, cursors, 'after'),
    before: decodeCursor(args.before, cursors, 'before'),
  };
}

/** One page as Relay wants it. */
export function toConnection<Item, Key>(
  page: Page<Item>,
  cursors: CursorCodec<Key>,
  keyOf: (item: Item) => Key,
): Connection<Item> {
  const edges = page.items.map((node) => ({ cursor: cursors.encode(keyOf(node)), node }));
  return {
    edges,
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: page.hasPreviousPage,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

/** Refuses pages below 1 and above 100 items. */
export function assertPageSize(size: number, argument: string): void {
  if (size < 1 || size > MAX_PAGE_SIZE) {
    throw badRequest(`${argument} is ${size}; a page holds 1 to ${MAX_PAGE_SIZE} items.`);
  }
}

function decodeCursor<Key>(
  cursor: string | null | undefined,
  cursors: CursorCodec<Key>,
  argument: string,
): Key | undefined {
  if (cursor === null || cursor === undefined) return undefined;
  const key = cursors.decode(cursor);
  if (key === undefined) throw badRequest(`${argument} is no cursor of this list. Pass on a cursor that it gave you.`);
  return key;
}
