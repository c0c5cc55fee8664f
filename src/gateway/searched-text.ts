import { badRequest } from './problem.ts';

const NUL = '\u0000';

/** True for what Postgres refuses as a text parameter. */
export const hasNul = (text: string): boolean => text.includes(NUL);

/** A text that rows are looked up by; the client is told when no row can have it. */
export function searchedText(text: string, argument: string): string {
  if (hasNul(text)) throw badRequest(`${argument} has a NUL character in it, which no stored text has.`);
  return text;
}
