import { Optional } from '@marcbachmann/cel-js';
import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';
import type { Json } from '../core/json.ts';
import type { Meter } from './meter.ts';

/** A value of CEL that JSON cannot carry. */
export class NotJson extends Error {}

/** Values of CEL as JSON: whole numbers become numbers, instants and durations become text, bytes become base64. */
export function toJson(value: unknown, meter: Meter): Json {
  switch (typeof value) {
    case 'string':
      meter.spendText(value.length);
      return value;
    case 'boolean':
      return value;
    case 'number':
      if (Number.isFinite(value)) return value;
      throw new NotJson(`The result is ${value}, which JSON cannot carry.`);
    case 'bigint':
      if (Number.isSafeInteger(Number(value))) return Number(value);
      throw new NotJson(`The result is ${value}, a whole number beyond 2^53: make it a string with string(...).`);
    case 'object':
      return value === null ? null : objectToJson(value, meter);
    case 'undefined':
    case 'function':
    case 'symbol':
      throw new NotJson(`The result is a ${typeof value}, which is no value.`);
  }
}

function objectToJson(value: object, meter: Meter): Json {
  meter.spend(1);
  if (Array.isArray(value)) return listToJson(value, meter);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Optional) return value.hasValue() ? toJson(value.value(), meter) : null;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return mapToJson(value, meter);
  return scalarToJson(value, meter);
}

/** A part that is JSON already is passed on and not copied: results are mostly parts of what was read. */
function listToJson(list: readonly unknown[], meter: Meter): Json {
  meter.spend(list.length);
  const converted = list.map((each) => toJson(each, meter));
  return converted.every((each, at) => each === list[at]) ? (list as readonly Json[]) : converted; // found to be JSON
}

function mapToJson(map: object, meter: Meter): Json {
  const entries: readonly (readonly [string, unknown])[] = Object.entries(map);
  meter.spend(entries.length);
  const converted = entries.map(([key, each]): readonly [string, Json] => {
    meter.spendText(key.length);
    return [key, toJson(each, meter)];
  });
  const isSame = converted.every(([, json], at) => json === entries[at]?.[1]);
  // Found to be JSON; fromEntries defines members and never runs the setter of __proto__.
  return isSame ? (map as { readonly [key: string]: Json }) : Object.fromEntries(converted);
}

/** Durations, unsigned numbers and the names of types are classes of the library with a text of their own. */
function scalarToJson(value: object, meter: Meter): Json {
  if (value instanceof Duration) return value.toString();
  if (value instanceof UnsignedInt) return toJson(value.value, meter);
  if ('name' in value && typeof value.name === 'string') return value.name;
  throw new NotJson('The result is no value that JSON can carry.');
}
