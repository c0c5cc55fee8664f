import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { ROOT } from '../build.ts';

const Manifest = z.looseObject({ name: z.string(), version: z.string(), license: z.string().optional() });
const LICENCE_FILE = /^(licen[cs]e|copying|notice)([.-].*)?$/i;

/** What the licences of bundled packages ask for: their names and texts. Packages are folders from the root. */
export async function thirdPartyNotices(packages: readonly string[]): Promise<string> {
  const notices = await Promise.all(packages.map(noticeOf));
  const all = [...new Set(notices)].sort();
  return `The program contains these packages, under the licences that follow.\n\n${all.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

async function noticeOf(folder: string): Promise<string> {
  const absolute = path.join(ROOT, folder);
  const manifest = Manifest.parse(JSON.parse(await readFile(path.join(absolute, 'package.json'), 'utf8')));
  const entries = await readdir(absolute, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && LICENCE_FILE.test(entry.name)).map(({ name }) => name);
  const texts = await Promise.all(files.sort().map((file) => readFile(path.join(absolute, file), 'utf8')));
  const title = `${manifest.name} ${manifest.version} (${manifest.license ?? 'see below'})`;
  return `${[title, ...texts.map((text) => text.trim())].join('\n\n')}\n`;
}
