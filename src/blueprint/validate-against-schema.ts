import { validate, type OutputUnit } from '@cfworker/json-schema';
import type { Issue } from '../core/issue.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { LimitReached } from '../expression/meter.ts';
import { checkSchema } from './check-schema.ts';
import { prepareSchema, type PreparedSchema } from './prepare-schema.ts';
import { explainTextFault, textMeter } from './text-checks.ts';

/** The most faults that one answer lists. */
const MAX_ISSUES = 100;

/** Of larger values the first fault is told. */
const MAX_VALUES_TO_LIST = 1_000;

/** Choices repeat faults: so many are looked at for different ones. */
const MAX_LOOKED_AT = 1_000;

/** Schemas are values that never change: each is prepared once, as long as it lives. */
const prepared = new WeakMap<JsonObject, PreparedSchema | readonly Issue[]>();

/** Says what of a value does not follow a JSON Schema, with JSON Pointers into the value. A faulty schema lets nothing pass. */
export function validateAgainstSchema(schema: JsonObject, value: Json): Issue[] {
  const ready = preparedOf(schema);
  if (!('meter' in ready)) return [...ready];
  try {
    const first = faultsOf(ready, value, true);
    // Whoever sent the value learns all of its faults at once, unless they could be so many as to fill the memory.
    const all = first.length > 0 && hasAtMost(value, MAX_VALUES_TO_LIST) ? faultsOf(ready, value, false) : first;
    return all.slice(0, MAX_ISSUES);
  } catch (error) {
    if (error instanceof URIError)
      return [{ rule: 'json-schema', path: '', message: 'A name in it holds half of a character.' }];
    if (!(error instanceof LimitReached) && !(error instanceof RangeError)) throw error;
    const message =
      'The value and its schema take too many steps to compare: the schema refers to itself, or too much.';
    return [{ rule: 'json-schema', path: '', message }];
  }
}

function faultsOf({ schema, lookup, meter }: PreparedSchema, value: Json, shortCircuit: boolean): readonly Issue[] {
  meter.reset();
  textMeter.reset();
  const { errors } = validate(value, schema, '2020-12', lookup, shortCircuit);
  return errors.filter(isOwnFault).slice(0, MAX_LOOKED_AT).map(toIssue).filter(isFirst);
}

/** True for a value of at most so many parts at all depths. */
function hasAtMost(value: Json, count: number): boolean {
  const open: Json[] = [value];
  for (let seen = 0; open.length > 0; seen += 1) {
    const next = open.pop();
    if (seen >= count) return false;
    if (typeof next === 'object' && next !== null) open.push(...Object.values(next));
  }
  return true;
}

function preparedOf(schema: JsonObject): PreparedSchema | readonly Issue[] {
  const known = prepared.get(schema);
  if (known !== undefined) return known;
  const faults = checkSchema(schema).map((each) => ({
    ...each,
    path: '',
    message: `The schema is faulty at "${each.path}": ${each.message}`,
  }));
  const ready = faults.length > 0 ? faults : prepareSchema(schema);
  prepared.set(schema, ready);
  return ready;
}

/** The validator also says of each schema around a fault that there is one within. */
const isOwnFault = (unit: OutputUnit): boolean => !AROUND.has(unit.keyword);

const AROUND: ReadonlySet<string> = new Set([
  ...['allOf', 'properties', 'items', 'prefixItems', 'additionalProperties', 'unevaluatedProperties'],
  ...['unevaluatedItems', 'propertyNames', 'dependentSchemas', 'if', '$ref'],
]);

const toIssue = (unit: OutputUnit): Issue => ({
  rule: 'json-schema',
  path: decodeURI(unit.instanceLocation.slice(1)).replaceAll('%23', '#'),
  message: explain(unit),
});

const isFirst = (issue: Issue, at: number, all: readonly Issue[]): boolean =>
  all.findIndex((each) => each.path === issue.path && each.message === issue.message) === at;

function explain(unit: OutputUnit): string {
  if (unit.keyword === 'false') return 'This is not expected here.';
  const ofText = explainTextFault(unit.error);
  if (ofText !== undefined) return ofText;
  const [, actual, expected] = /^Instance type "(.*)" is invalid\. Expected "(.*)"\.$/.exec(unit.error) ?? [];
  if (actual !== undefined)
    return `This is of type ${actual}; it must be ${expected?.replaceAll('", "', ' or ') ?? ''}.`;
  const [, missing] = /^Instance does not have required property "(.*)"\.$/.exec(unit.error) ?? [];
  if (missing !== undefined) return `The property "${missing}" is missing.`;
  return unit.error.replace(/^Instance /, 'This ');
}
