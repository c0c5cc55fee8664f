import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { framesIn, picture, sample } from '../../../scripts/picture/svg.ts';
import { createLiveScreen } from '../../../src/cli/live-screen.ts';
import { createStyle } from '../../../src/cli/style.ts';

describe('the picture of the live view', () => {
  it('is made of the frames that a live screen has drawn', () => {
    let said = 'before\r\n';
    const screen = createLiveScreen({ out: (text) => (said += text) });
    const { bold, green } = createStyle(true);
    screen.draw([bold('audit'), '']);
    screen.draw([bold('audit'), green('✓ a<b  1 s')]);
    screen.close();
    const frames = framesIn(said);
    expect(frames).toEqual([
      ['\u001B[1maudit\u001B[22m', ''],
      ['\u001B[1maudit\u001B[22m', '\u001B[32m✓ a<b  1 s\u001B[39m'],
    ]);
    const drawn = picture(frames, 40);
    expect(drawn).toContain('class="b">audit</tspan>');
    expect(drawn).toContain('class="g">✓ a&lt;b  1 s</tspan>');
    // What shows no animation shows the last frame.
    expect(drawn).toMatch(/\.f\{visibility:hidden;.*\.l\{visibility:visible;/);
    expect(drawn).not.toMatch(/animation-delay:(?!-)/);
  });

  it('has few frames, and the last one', () => {
    const frames = Array.from({ length: 50 }, (_, place) => [String(place)]);
    expect(sample(frames, 4).map(([line]) => line)).toEqual(['12', '25', '37', '49']);
    expect(sample(frames.slice(0, 2), 4)).toHaveLength(2);
  });

  it('is small, and asks nobody for anything', async () => {
    const file = await readFile('docs/live-view.svg', 'utf8');
    expect(file.length).toBeLessThan(40_000);
    expect(file.replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(/https?:|url\(|<script|href/);
    expect(file).toContain('succeeded');
  });
});
