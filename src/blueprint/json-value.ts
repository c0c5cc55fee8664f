import { z } from 'zod';
import type { Json } from '../core/json.ts';

/** Any JSON value, at any depth: what may stand where a blueprint holds data. */
export const JsonValue: z.ZodType<Json> = z.json();
