import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryFiles } from '../../../scripts/repository.ts';
import { anchorsOf, linksOf } from '../../support/markdown-links.ts';

const pages = (await repositoryFiles()).filter((file) => file.endsWith('.md') && existsSync(file));
const texts = new Map(await Promise.all(pages.map(async (page) => [page, await readFile(page, 'utf8')] as const)));

/** What is wrong with a link of a page; undefined: it leads somewhere. */
function faultOf(page: string, link: string): string | undefined {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? page : path.posix.join(path.posix.dirname(page), decodeURIComponent(file));
  if (target.startsWith('..')) return `${link} leads out of the repository`;
  if (!existsSync(target)) return `${link}: there is no ${target}`;
  const text = texts.get(target);
  if (anchor === undefined || text === undefined) return undefined;
  return anchorsOf(text).has(anchor) ? undefined : `${link}: ${target} has no heading #${anchor}`;
}

describe('links of the pages', () => {
  it('are found as GitHub reads them', () => {
    const text =
      '# One `two`: _three_\n## A\n## A\n```\n[no](none.md) # no\n```\n[a](b.md#c) ![d](<e f.png>) `[g](h)`\n\n[i]: j.md';
    expect(linksOf(text)).toEqual(['b.md#c', 'e f.png', 'j.md']);
    expect([...anchorsOf(text)]).toEqual(['one-two-three', 'a', 'a-1']);
    expect(faultOf('README.md', 'docs/none.md')).toBe('docs/none.md: there is no docs/none.md');
    expect(faultOf('docs/api.md', '#none')).toContain('has no heading #none');
    expect(faultOf('docs/api.md', '../../x')).toContain('leads out of the repository');
  });

  it.each(pages)('%s links to what is there', (page) => {
    const within = linksOf(texts.get(page) ?? '').filter((link) => !/^[a-z]+:/.test(link));
    expect(within.map((link) => faultOf(page, link)).filter((fault) => fault !== undefined)).toEqual([]);
  });
});
