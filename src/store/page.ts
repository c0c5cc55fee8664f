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
