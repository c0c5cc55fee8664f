import { format } from '@cfworker/json-schema';
import { compileLinearRegex, isCompiled } from '../expression/linear-regex.ts';
import { createMeter } from '../expression/meter.ts';

/** What a schema may ask of a text. */
export type TextCheck = 'pattern' | 'format' | 'minLength' | 'maxLength';

/** Counts the characters that the checks of one validation look at, four to a step. */
export const textMeter = createMeter(10_000_000);

const PREFIX = 'text:';

/**
 * The name under which the validator finds a check of texts. It would run a pattern on JavaScript's backtracking RegExp,
 * and counts nothing: as formats, all checks of texts are ours.
 */
export const textFormat = (check: TextCheck, argument: string | number): string => `${PREFIX}${check}:${argument}`;

// The validator looks formats up in this table of its own; what the table has not is looked up in its prototype. So one
// entry serves every pattern, and nothing is kept for each.
Object.setPrototypeOf(
  format,
  new Proxy({}, { get: (_, name) => (typeof name === 'string' ? findCheck(name) : undefined) }),
);

function findCheck(name: string): ((text: string) => boolean) | undefined {
  const [, check, argument = ''] = /^text:(\w+):(.*)$/s.exec(name) ?? [];
  if (check === undefined) return undefined;
  return (text) => {
    textMeter.spend(text.length / 4);
    switch (check) {
      case 'pattern':
        return matches(text, argument);
      case 'minLength':
        return lengthOf(text) >= Number(argument);
      case 'maxLength':
        return lengthOf(text) <= Number(argument);
      default:
        return format[argument]?.(text) === true;
    }
  };
}

function matches(text: string, pattern: string): boolean {
  if (!isCompiled(pattern)) textMeter.spend(1_000);
  const compiled = compileLinearRegex(pattern);
  return compiled.ok && compiled.value.test(text);
}

/** In characters, as JSON Schema counts, and not in UTF-16 units. */
function lengthOf(text: string): number {
  let length = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    const next = text.charCodeAt(at + 1);
    // A pair of surrogates is one character.
    if (unit >= 0xd800 && unit <= 0xdbff && next >= 0xdc00 && next <= 0xdfff) length -= 1;
  }
  return length;
}

/** The fault of a check of texts in words; undefined for what the validator says of something else. */
export function explainTextFault(error: string): string | undefined {
  const [, check = '', argument = ''] = /^String does not match format "text:(\w+):(.*)"\.$/s.exec(error) ?? [];
  return EXPLANATIONS[check]?.(argument);
}

const EXPLANATIONS: Readonly<Record<string, (argument: string) => string>> = {
  pattern: (argument) => `This text does not match the pattern ${argument}`,
  minLength: (argument) => `This text is too short: at least ${argument} characters are needed.`,
  maxLength: (argument) => `This text is too long: at most ${argument} characters are allowed.`,
  format: (argument) => `This text is no valid ${argument}.`,
};
