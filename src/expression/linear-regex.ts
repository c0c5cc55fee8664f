import { RE2JS } from 're2js';
import { err, ok, type Result } from '../core/result.ts';

/** A regular expression whose time grows with the length of the text and not with what the text is. */
export interface LinearRegex {
  /** True when the pattern matches anywhere in the text. */
  test(text: string): boolean;
}

/** Patterns come from tenants: this bounds what compiling one costs. */
export const MAX_PATTERN_LENGTH = 1_000;

/** Instructions of a compiled pattern; counted repetitions multiply them. */
const MAX_PROGRAM_SIZE = 20_000;

const KEPT_PATTERNS = 256;
const kept = new Map<string, LinearRegex>();

/** True when the pattern was compiled a short while ago, so that compiling it costs nothing. */
export const isCompiled = (pattern: string): boolean => kept.has(pattern);

/** Compiles a pattern of RE2's syntax: what backtracking needs (look-around, back-references) is refused. */
export function compileLinearRegex(pattern: string): Result<LinearRegex, string> {
  const known = kept.get(pattern);
  if (known !== undefined) return ok(known);
  if (pattern.length > MAX_PATTERN_LENGTH) {
    return err(`The pattern has ${pattern.length} characters; ${MAX_PATTERN_LENGTH} are allowed.`);
  }
  try {
    const compiled = RE2JS.compile(pattern);
    if (compiled.programSize() > MAX_PROGRAM_SIZE) return err('The pattern repeats too much: lower its {counts}.');
    const regex: LinearRegex = { test: (text) => compiled.matcher(text).find() };
    keep(pattern, regex);
    return ok(regex);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return err(`The pattern is not one of RE2's syntax (no look-around, no back-references): ${reason}`);
  }
}

function keep(pattern: string, regex: LinearRegex): void {
  if (kept.size >= KEPT_PATTERNS) {
    // A Map keeps the order of insertion: the first is the oldest.
    for (const oldest of kept.keys()) {
      kept.delete(oldest);
      break;
    }
  }
  kept.set(pattern, regex);
}
