import type { z } from 'zod';
import type { Issue } from '../core/issue.ts';
import { toPointer } from '../core/json-pointer.ts';

type ZodIssue = z.core.$ZodIssue;

/** What zod found, in words for the author of a document. `document` is what was parsed. */
export const toIssues = (error: z.ZodError, document: unknown): readonly Issue[] =>
  error.issues.flatMap((issue) => explain(issue, document));

function explain(issue: ZodIssue, document: unknown): readonly Issue[] {
  const path = toPointer(issue.path);
  const shape = (message: string): readonly Issue[] => [{ rule: 'blueprint-shape', path, message }];
  // eslint-disable-next-line @typescript-eslint/switch-exhaustiveness-check -- the other codes say it well themselves
  switch (issue.code) {
    case 'invalid_type':
      return shape(mustBe(article(issue.expected), valueAt(document, issue.path)));
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        rule: 'blueprint-shape',
        path: toPointer([...issue.path, key]),
        message: `There is no property "${key}" here.`,
      }));
    case 'invalid_key':
      return [{ rule: 'name', path, message: issue.issues.map((each) => each.message).join(' ') }];
    case 'invalid_value':
      return shape(mustBe(`one of ${issue.values.map(String).join(', ')}`, valueAt(document, issue.path)));
    case 'invalid_union':
      return unionIssues(issue, path, document);
    case 'too_small':
      return shape(`${sizeOf(issue.origin)} at least ${issue.minimum}.`);
    case 'too_big':
      return shape(`${sizeOf(issue.origin)} at most ${issue.maximum}.`);
    default:
      return [{ rule: 'blueprint-shape', path, message: issue.message }];
  }
}

function unionIssues(
  issue: Extract<ZodIssue, { code: 'invalid_union' }>,
  path: string,
  document: unknown,
): readonly Issue[] {
  const value = valueAt(document, issue.path);
  if ('discriminator' in issue && issue.discriminator === 'kind') {
    return [{ rule: 'known-kind', path, message: kindMessage(value, optionsOf(issue)) }];
  }
  const options = optionsOf(issue);
  if (options.length > 0)
    return [{ rule: 'blueprint-shape', path, message: `It must be one of ${options.join(', ')}.` }];
  if (value === undefined) return [{ rule: 'blueprint-shape', path, message: 'This is missing.' }];
  const choices = issue.errors.flat().map(choiceOf).join(', or ');
  return [{ rule: 'blueprint-shape', path, message: mustBe(choices, value) }];
}

const optionsOf = (issue: object): readonly string[] =>
  'options' in issue && Array.isArray(issue.options)
    ? issue.options.filter((option) => option !== undefined).map(String)
    : [];

const choiceOf = (issue: ZodIssue): string => {
  if (issue.code === 'invalid_value') return issue.values.map(String).join(', ');
  return issue.code === 'invalid_type' ? article(issue.expected) : issue.message;
};

function kindMessage(kind: unknown, kinds: readonly string[]): string {
  const known = `The kinds are ${kinds.join(', ')}.`;
  if (typeof kind !== 'string') return `The kind is not said. ${known}`;
  const meant = kinds.find((each) => isNear(each, kind));
  return `There is no kind "${kind}".${meant === undefined ? '' : ` Did you mean "${meant}"?`} ${known}`;
}

/** The kinds differ in their first letters: a common beginning is enough to know which was meant. */
const isNear = (known: string, written: string): boolean => {
  const [one, other] = [known, written.toLowerCase()];
  return other.length > 1 && (one.startsWith(other.slice(0, 3)) || other.startsWith(one.slice(0, 3)));
};

const mustBe = (wanted: string, value: unknown): string =>
  value === undefined ? `This is missing; it must be ${wanted}.` : `This is ${found(value)}; it must be ${wanted}.`;

function found(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return `the text ${JSON.stringify(value.slice(0, 80))}`;
  return typeof value === 'object' ? 'an object' : `${typeof value} ${JSON.stringify(value)}`;
}

const NAMES: Readonly<Record<string, string>> = {
  string: 'a text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};
const article = (type: string): string => NAMES[type] ?? type;

const SIZES: Readonly<Record<string, string>> = {
  string: 'The number of characters must be',
  array: 'The number of items must be',
};
const sizeOf = (origin: string): string => SIZES[origin] ?? 'The number must be';

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  let value: unknown = document;
  for (const token of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, token)) return undefined;
    value = Reflect.get(value, token);
  }
  return value;
}
