import { dereference, type Schema } from '@cfworker/json-schema';
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import { createMeter, type Meter } from '../expression/meter.ts';
import { FORMATS, KEYWORDS } from './schema-keywords.ts';
import { textFormat, type TextCheck } from './text-checks.ts';

/** A schema as the validator takes it, with its bounds built in. */
export interface PreparedSchema {
  readonly schema: Schema | boolean;
  readonly lookup: ReturnType<typeof dereference>;
  /** Counts each schema that is held against a value; throws when there are too many. */
  readonly meter: Meter;
}

/** How often one validation may hold a schema against a value: references multiply, and so do lists. */
const MAX_STEPS = 500_000;

/** Characters of choices that are looked at in one step. */
const TEXT_PER_STEP = 200;

/** Finding equal items compares each with each: longer lists than this are refused where items must differ. */
const MAX_UNIQUE_ITEMS = 1_000;

const TEXT_CHECKS = ['pattern', 'minLength', 'maxLength', 'format'] as const satisfies readonly TextCheck[];

/** Copies what is checked of a schema, and nothing else, into the form that the validator takes. */
export function prepareSchema(schema: JsonObject): PreparedSchema {
  const meter = createMeter(MAX_STEPS);
  const prepared = preparePart(schema, meter);
  return { schema: prepared, lookup: dereference(prepared), meter };
}

function preparePart(schema: Json, meter: Meter): Schema | boolean {
  if (!isJsonObject(schema)) return schema !== false;
  const prepared: Schema = {};
  for (const [keyword, value] of Object.entries(schema)) {
    const shape = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;
    if (shape === undefined || OWN_CHECKS.has(keyword)) continue;
    if (shape === 'schema') prepared[keyword] = preparePart(value, meter);
    else if (shape === 'schemas' && Array.isArray(value)) {
      prepared[keyword] = value.map((part: Json) => preparePart(part, meter));
    } else if (shape === 'schemaMap' && isJsonObject(value)) prepared[keyword] = prepareMap(value, meter);
    else prepared[keyword] = value;
  }
  const own = ownChecks(schema);
  if (own.length > 0) prepared.allOf = [...(prepared.allOf ?? []), ...own];
  return metered(prepared, meter, 1 + choiceLength(schema) / TEXT_PER_STEP);
}

/** What is compared with choices is compared with each, and the validator writes all of them into the fault. */
const choiceLength = ({ enum: choices = null, const: only = null }: JsonObject): number =>
  JSON.stringify([choices, only]).length;

/** Keywords that the validator would carry out without bounds. */
const OWN_CHECKS: ReadonlySet<string> = new Set([...TEXT_CHECKS, 'uniqueItems']);

function ownChecks(schema: JsonObject): readonly Schema[] {
  const ofTexts = TEXT_CHECKS.flatMap((check): readonly Schema[] => {
    const argument = schema[check];
    if (typeof argument !== 'string' && typeof argument !== 'number') return [];
    return check === 'format' && !FORMATS.has(String(argument)) ? [] : [{ format: textFormat(check, argument) }];
  });
  return schema['uniqueItems'] === true ? [...ofTexts, uniqueItems()] : ofTexts;
}

const prepareMap = (map: JsonObject, meter: Meter): object =>
  Object.fromEntries(Object.entries(map).map(([name, part]) => [name, preparePart(part, meter)]));

const uniqueItems = (): Schema => ({
  if: { maxItems: MAX_UNIQUE_ITEMS },
  then: { uniqueItems: true },
  else: { maxItems: MAX_UNIQUE_ITEMS },
});

/** The validator reads this property of each schema that it holds against a value, and of no other use to it here. */
function metered(schema: Schema, meter: Meter, steps: number): Schema {
  return Object.defineProperty(schema, '__absolute_recursive_ref__', {
    enumerable: false,
    get: (): undefined => {
      meter.spend(steps);
      return undefined;
    },
  });
}
