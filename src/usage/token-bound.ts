/** What providers add on their own: the frame of each message, and the sentences that introduce tools and schemas. */
const MESSAGE_TOKENS = 16;
const REQUEST_TOKENS = 1_024;

/**
 * The most tokens that a request may turn out to have: a token of any byte-level tokenizer is at least one byte of UTF-8.
 * `texts` is all that is sent: messages, tools and schemas as JSON.
 */
export const mostTokensOf = (texts: readonly string[]): number =>
  mostTokensIn(
    texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
    texts.length,
  );

/** The same of so many texts with so many bytes in all. */
export const mostTokensIn = (bytes: number, texts: number): number => bytes + texts * MESSAGE_TOKENS + REQUEST_TOKENS;
