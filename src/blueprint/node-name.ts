import { z } from 'zod';

/** Words that CEL keeps for itself: a node of such a name could not be read in an expression. */
export const CEL_RESERVED: ReadonlySet<string> = new Set(
  (
    'as break const continue else false for function if import in let loop namespace null package return true ' +
    'var void while'
  ).split(' '),
);

/** Name of a node, an item or a branch: `[a-z][a-z0-9_]*`, at most 64 characters, no reserved word of CEL. */
export const NodeName = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9_]*$/, 'A name starts with a letter a-z and goes on with a-z, 0-9 and _.')
  .refine((name) => !CEL_RESERVED.has(name), 'This word is reserved in expressions; choose another name.');
export type NodeName = z.infer<typeof NodeName>;
