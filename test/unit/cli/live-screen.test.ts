import { describe, expect, it } from 'vitest';
import { createLiveScreen } from '../../../src/cli/live-screen.ts';

function collect(): { readonly out: (text: string) => void; readonly written: string[] } {
  const written: string[] = [];
  return { written, out: (text) => void written.push(text) };
}

describe('createLiveScreen', () => {
  it('goes up by what it drew and erases what is left over', () => {
    const { out, written } = collect();
    const screen = createLiveScreen({ out });
    screen.draw(['a', 'b']);
    screen.draw(['c']);
    expect(written[0]).toContain('\u001B[?25l');
    expect(written[0]).not.toContain('A');
    expect(written[1]).toContain('\u001B[2A\rc\u001B[K\n\u001B[J');
  });

  it('writes nothing when nothing has changed', () => {
    const { out, written } = collect();
    const screen = createLiveScreen({ out });
    screen.draw(['a']);
    screen.draw(['a']);
    expect(written).toHaveLength(1);
  });

  it('shows the cursor again at the end, once', () => {
    const { out, written } = collect();
    const screen = createLiveScreen({ out });
    screen.draw(['a']);
    screen.close();
    screen.close();
    expect(written.slice(1)).toEqual(['\u001B[?25h']);
  });
});
