/** A few texts at a time; the thread answers one message after the other. */
export interface ToEmbeddingThread {
  readonly texts: readonly string[];
}

/** Of one message. */
export interface EmbeddedTexts {
  /** The vectors of all texts, one after the other. */
  readonly numbers: Float32Array<ArrayBuffer>;
  readonly tokens: number;
}

export type FromEmbeddingThread =
  ({ readonly type: 'answer' } & EmbeddedTexts) | { readonly type: 'failed'; readonly message: string };
