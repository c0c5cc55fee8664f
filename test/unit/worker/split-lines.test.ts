import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { splitLines } from '../../../src/worker/split-lines.ts';

describe('splitLines', () => {
  test.prop([fc.string({ unit: fc.constantFrom('a', '😀', 'é', '\n') }), fc.array(fc.integer({ min: 1, max: 5 }))])(
    'gives the lines of an output however it is torn, without empty ones',
    (output, sizes) => {
      const lines: string[] = [];
      const splitter = splitLines((line) => lines.push(line));
      let bytes = Buffer.from(output);
      for (const size of sizes) {
        splitter.add(bytes.subarray(0, size));
        bytes = bytes.subarray(size);
      }
      splitter.add(bytes);
      splitter.end();
      expect(lines).toEqual(output.split('\n').filter((line) => line !== ''));
    },
  );

  it('gives nothing of a line that will not be added to its end', () => {
    const lines: string[] = [];
    const splitter = splitLines((line) => lines.push(line));
    splitter.add(Buffer.from('whole\nhalf of a sec'));
    splitter.drop();
    splitter.end();
    expect(lines).toEqual(['whole']);
  });
});
