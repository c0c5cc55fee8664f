import { readFile } from 'node:fs/promises';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { codeBlocks } from '../../support/markdown.ts';

const schema = buildSchema(await readFile('schema.graphql', 'utf8'));
const blocks = await codeBlocks('graphql');

describe('operations in the documentation', () => {
  it.each(blocks.map(({ place, text }) => [place, text] as const))('%s is valid', (_place, text) => {
    expect(validate(schema, parse(text)).map((error) => error.message)).toEqual([]);
  });
});
