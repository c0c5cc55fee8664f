import { describe, expect, it } from 'vitest';
import { addErrorText, KEPT_CHARS } from '../../../src/sandbox/error-text.ts';

const FATAL = 'FATAL ERROR: Reached heap limit Allocation failed';

describe('what is kept of stderr', () => {
  it('is all of it where it is short', () => {
    expect(addErrorText(addErrorText('', 'one '), 'two')).toBe('one two');
  });

  it('is the beginning and the end where many threads write their stacks behind what they died of', () => {
    const stack = ' 9: 0x10ea385 v8::internal::HeapAllocator::AllocateRaw [node]\n'.repeat(20);
    let kept = addErrorText('', FATAL);
    for (let thread = 0; thread < 200; thread += 1) kept = addErrorText(kept, stack);
    kept = addErrorText(kept, 'the last word');
    expect(kept).toMatch(new RegExp(`^${FATAL}`));
    expect(kept).toMatch(/the last word$/);
    expect(kept).toHaveLength(2 * KEPT_CHARS + '\n[...]\n'.length);
  });

  it('is no more of one large piece', () => {
    expect(addErrorText('a', 'b'.repeat(10 * KEPT_CHARS))).toBe(
      `a${'b'.repeat(KEPT_CHARS - 1)}\n[...]\n${'b'.repeat(KEPT_CHARS)}`,
    );
  });
});
