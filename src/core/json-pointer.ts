/** A JSON Pointer (RFC 6901) from the names on the way: `/nodes/fetch/input`. */
export const toPointer = (path: readonly PropertyKey[]): string =>
  path.map((token) => `/${escapeToken(String(token))}`).join('');

/** One name as it stands in a JSON Pointer. */
export const escapeToken = (token: string): string => token.replaceAll('~', '~0').replaceAll('/', '~1');

/** The names on the way of a JSON Pointer; none for the whole document. */
export const parsePointer = (pointer: string): readonly string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
