/** Which part of a list: exactly one direction; `after`/`before` are decoded keys of the list's order, exclusive. */
export interface PageArguments<Key> {
  readonly limit: number;
  readonly direction: 'forward' | 'backward';
  readonly after?: Key | undefined;
  readonly before?: Key | undefined;
}

/** Items in the list's own order, whatever the direction. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

/** What a list's statement must ask for: one row more than the page holds tells whether there are others. */
export const rowLimit = (page: PageArguments<unknown>): number => page.limit + 1;

/** The page out of `rowLimit` rows that were read in the page's direction. */
export function toPage<Item>(rows: readonly Item[], page: PageArguments<unknown>): Page<Item> {
  const items = rows.slice(0, page.limit);
  const more = rows.length > page.limit;
  // A cursor names a row, so there is something on its other side: that row itself.
  return page.direction === 'forward'
    ? { items, hasNextPage: more, hasPreviousPage: page.after !== undefined }
    : { items: items.reverse(), hasNextPage: page.before !== undefined, hasPreviousPage: more };
}
