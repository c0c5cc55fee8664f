import { CST, Lexer } from 'yaml';
import type { Issue } from '../core/issue.ts';
import { MAX_JSON_DEPTH } from './document-limits.ts';
import { placeAt } from './source-text.ts';

/** Signs that begin a nested value without a bracket; so many on one line or in one entry are nobody's blueprint. */
const MAX_SIGNS = 32;

/** The parser needs some 10 microseconds for each; larger documents are JSON, which is read some hundred times faster. */
const MAX_TOKENS = 250_000;

/** The lexer writes these beside the tokens of the text; the last says that the next token is a scalar, whatever it looks like. */
const CONTROL_TOKENS: ReadonlySet<string> = new Set([CST.DOCUMENT, CST.FLOW_END, CST.SCALAR]);

/** Within brackets an entry may go on over several lines. */
const ENTRY_ENDS: ReadonlySet<string> = new Set([
  ...['comma', 'flow-map-start', 'flow-map-end', 'flow-seq-start', 'flow-seq-end'],
]);

const REFUSED: Readonly<Record<string, string>> = {
  anchor: 'Anchors (&name) are not part of blueprints: write the value where it is needed.',
  alias: 'Aliases (*name) are not part of blueprints: write the value where it is needed.',
  tag: 'Tags (!name) are not part of blueprints.',
  'directive-line': 'Directives (%...) are not part of blueprints.',
};

/**
 * What of YAML is refused before it is parsed. The parser is quadratic on thousands of tags, stray brackets or brackets
 * that are not closed (measured: minutes for one megabyte), the lexer is not.
 */
export function tokenIssues(text: string): readonly Issue[] {
  let offset = 0;
  let depth = 0;
  let signs = 0;
  let before = '';
  let tokens = 0;
  const issue = (message: string): readonly Issue[] => [
    { rule: 'yaml-syntax', path: '', message, ...placeAt(text, offset) },
  ];
  for (const token of new Lexer().lex(text)) {
    const isScalar = before === CST.SCALAR;
    before = token;
    if (!isScalar && CONTROL_TOKENS.has(token)) continue;
    const type = isScalar ? 'scalar' : (CST.tokenType(token) ?? 'scalar');
    const refusal = REFUSED[type];
    if (refusal !== undefined) return issue(refusal);
    if (type === 'flow-map-start' || type === 'flow-seq-start') depth += 1;
    if (type === 'flow-map-end' || type === 'flow-seq-end') depth -= 1;
    if (depth < 0) return issue(`This ${token} closes nothing.`);
    if (depth > MAX_JSON_DEPTH) return issue(`Brackets are nested ${depth} deep here; ${MAX_JSON_DEPTH} are allowed.`);
    if (depth > 0 ? ENTRY_ENDS.has(type) : type === 'newline') signs = 0;
    if (type === 'seq-item-ind' || type === 'explicit-key-ind' || type === 'map-value-ind') signs += 1;
    tokens += 1;
    if (tokens > MAX_TOKENS)
      return issue(`The text has more than ${MAX_TOKENS} parts: write so large a blueprint in JSON.`);
    if (signs > MAX_SIGNS) return issue(`This line or entry has more than ${MAX_SIGNS} of the signs - ? and :.`);
    offset += token.length;
  }
  return [];
}
