import { z } from 'zod';
import type { JsonObject } from '../core/json.ts';
import { Blueprint } from './blueprint.ts';
import { JsonValue } from './json-value.ts';

/** The JSON Schema (draft 2020-12) of a blueprint's file, for editors. */
export const blueprintSchema = (): JsonObject => ({
  $id: 'https://iceos.dev/schemas/blueprint.json',
  title: 'Blueprint',
  ...z.record(z.string(), JsonValue).parse(JSON.parse(JSON.stringify(z.toJSONSchema(Blueprint, { io: 'input' })))),
});
