import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { badInput, objectInput, text } from '../arguments.ts';

const PLACEHOLDER = /\{\{|\}\}|\{([^{}]*)\}/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*$/;

/** Fills the placeholders of `template`; text as it is, anything else as JSON. */
export function run(input: Json): Json {
  const values = objectInput(input);
  const filled = text(values, 'template').replace(PLACEHOLDER, (whole, inner: string | undefined) => {
    if (whole === '{{') return '{';
    if (whole === '}}') return '}';
    return fill(values, (inner ?? '').trim());
  });
  return { text: filled };
}

function fill(values: JsonObject, name: string): string {
  if (!NAME.test(name)) throw badInput(`{${name}} is no name; write {{ and }} for braces.`);
  let value: Json | undefined = values;
  for (const member of name.split('.')) value = memberOf(value, member);
  if (value === undefined) throw badInput(`The template reads {${name}}, which the input does not have.`);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function memberOf(value: Json | undefined, member: string): Json | undefined {
  if (Array.isArray(value)) return (value as readonly Json[])[Number(member)]; // Array.isArray does not narrow readonly arrays
  return isJsonObject(value) && Object.hasOwn(value, member) ? value[member] : undefined;
}
