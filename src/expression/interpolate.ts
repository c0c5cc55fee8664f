import { err, ok, type Result } from '../core/result.ts';
import type { ExpressionFault } from './template.ts';

/** A piece of a string: text that stands for itself, or what stood in `${ }`. */
export type Segment =
  | { readonly text: string }
  | {
      readonly expression: string;
      /** Where the expression begins in the string. */
      readonly start: number;
    };

/** Cuts a string at its `${ ... }`; `$${` stands for a literal `${`. Braces within strings of an expression do not end it. */
export function splitText(source: string): Result<readonly Segment[], ExpressionFault> {
  const segments: Segment[] = [];
  let text = '';
  let at = 0;
  while (at < source.length) {
    const next = source.indexOf('$', at);
    if (next < 0) break;
    text += source.slice(at, next);
    if (source.startsWith('$${', next)) {
      text += '${';
      at = next + 3;
    } else if (source.startsWith('${', next)) {
      const end = closingBrace(source, next + 2);
      if (end === undefined) {
        const message = 'This ${ has no closing }. For a literal ${ write $${.';
        return err({ message, expression: source, start: next, end: source.length });
      }
      if (text !== '') segments.push({ text });
      segments.push({ expression: source.slice(next + 2, end), start: next + 2 });
      text = '';
      at = end + 1;
    } else {
      text += '$';
      at = next + 1;
    }
  }
  text += source.slice(at);
  if (text !== '' || segments.length === 0) segments.push({ text });
  return ok(segments);
}

/** The place of the brace that closes an expression which begins at `from`. */
function closingBrace(source: string, from: number): number | undefined {
  let depth = 0;
  let at = from;
  while (at < source.length) {
    const char = source.charAt(at);
    if (char === '"' || char === "'") {
      at = afterString(source, at, char);
      continue;
    }
    if (source.startsWith('//', at)) {
      const lineEnd = source.indexOf('\n', at);
      if (lineEnd < 0) return undefined;
      at = lineEnd;
    } else if (char === '{') {
      depth += 1;
    } else if (char === '}') {
      if (depth === 0) return at;
      depth -= 1;
    }
    at += 1;
  }
  return undefined;
}

/** The place after a string literal of CEL; three quotes begin one that only three quotes end. */
function afterString(source: string, from: number, quote: string): number {
  const triple = quote.repeat(3);
  const delimiter = source.startsWith(triple, from) ? triple : quote;
  let at = from + delimiter.length;
  while (at < source.length) {
    if (source.startsWith(delimiter, at)) return at + delimiter.length;
    // As the lexer does, also in raw strings: what follows a backslash does not end the string.
    at += source.charAt(at) === '\\' ? 2 : 1;
  }
  return at;
}
