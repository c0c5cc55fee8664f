/** Something outside that a call may reach through the broker. */
export type Grant =
  /** A folder that the operator named in the configuration; `path` is absolute and real. */
  | { readonly kind: 'folder'; readonly name: string; readonly path: string }
  /** `host:port`, as the operator allowed it. */
  | { readonly kind: 'host'; readonly host: string; readonly port: number };
