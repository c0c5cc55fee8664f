/** What the thread of the embedded database is started with. */
export interface ThreadStart {
  readonly folder: string;
}

/** `connection` counts the clients: an answer to one that is gone is dropped. */
export type ToThread =
  | { readonly type: 'statement'; readonly connection: number; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: 'close' };

export type FromThread =
  | { readonly type: 'ready' }
  | { readonly type: 'answer'; readonly connection: number; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: 'broken'; readonly connection: number; readonly message: string };
