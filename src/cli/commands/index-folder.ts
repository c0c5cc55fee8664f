import { createHash } from 'node:crypto';
import path from 'node:path';
import type { CliDeps } from '../cli-deps.ts';
import type { Client } from '../client.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { ListFactIdsDocument } from '../generated/graphql.ts';
import { passagesOf, type Passage } from '../passages.ts';
import { readFolder } from '../read-folder.ts';
import { openSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { forgetFacts, remember } from './memory.ts';
import { noAnswer } from './publish.ts';

export interface IndexOptions {
  readonly memory: string;
  /** Tells what one folder has in a memory from all else; undefined: the folder's own name. */
  readonly name: string | undefined;
  readonly json: boolean;
}

/** Facts of one write; the model that is part of the installation takes some 10 ms for each. */
const BATCH = 32;
const FORGET_BATCH = 1_000;

interface Indexed extends Passage {
  readonly id: string;
  readonly file: string;
}

/** `iceos memory index`: makes a memory hold the passages of a folder's files as they are now. */
export async function indexFolder(
  folder: string,
  options: IndexOptions,
  deps: Pick<CliDeps, 'terminal' | 'signal' | 'settings' | 'fetch'>,
): Promise<ExitCode> {
  const { memory, name = path.basename(path.resolve(folder)) } = options;
  const { terminal, signal } = deps;
  const passages = new Map<string, Indexed>();
  let files = 0;
  for await (const { file, text } of readFolder(folder)) {
    files += 1;
    for (const passage of passagesOf(text)) {
      const id = idOf([memory, name, file, String(passage.line), passage.text]);
      passages.set(id, { ...passage, id, file });
    }
  }
  const { client } = await openSession(deps);
  const stored = await storedIds(client, memory, name);
  const missing = [...passages.values()].filter(({ id }) => !stored.has(id));
  const show = progressOn(terminal, options);
  let written = 0;
  let evicted = 0;
  while (written < missing.length && !signal.aborted) {
    show(`${written} of ${missing.length} new passages are in ${memory}`);
    const facts = missing.slice(written, written + BATCH).map(({ id, text, file, line }) => ({
      ...{ id, text, metadata: { file, line, index: name } },
    }));
    evicted += (await remember(client, memory, facts)).evicted;
    written += facts.length;
  }
  let forgotten = 0;
  // Behind the new ones, so that a passage that has only moved is found all the time.
  const gone = signal.aborted ? [] : [...stored].filter((id) => !passages.has(id));
  for (let at = 0; at < gone.length; at += FORGET_BATCH)
    forgotten += await forgetFacts(client, memory, gone.slice(at, at + FORGET_BATCH));
  show(undefined);
  const counts = { files, passages: passages.size, written, unchanged: passages.size - missing.length, forgotten };
  if (options.json) terminal.out(`${JSON.stringify({ memory, index: name, ...counts })}\n`);
  else
    terminal.out(
      `${memory} has ${passages.size} passages of ${files} files in ${folder}: ${written} new, ${counts.unchanged} unchanged, ${forgotten} forgotten.\n`,
    );
  if (evicted > 0) terminal.error(`The memory is full: ${evicted} of its oldest facts went (ICEOS_MEMORY_MAX_FACTS).`);
  if (!signal.aborted) return EXIT.succeeded;
  terminal.error('Stopped. Index again to go on where it ended.');
  return EXIT.detached;
}

/** The ids of what a folder has in a memory. */
async function storedIds(client: Client, memory: string, index: string): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (let after: string | null = null; ;) {
    const { storedFacts: page }: { storedFacts?: Page | null } = await client.request(ListFactIdsDocument, {
      ...{ memory, metadata: { index }, after },
    });
    if (!page) throw noAnswer();
    for (const { node } of page.edges) ids.add(node.id);
    if (!page.pageInfo.hasNextPage) return ids;
    after = page.pageInfo.endCursor ?? null;
  }
}

interface Page {
  readonly edges: readonly { readonly node: { readonly id: string } }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor?: string | null };
}

/** The same for the same passage at the same place (RFC 9562, version 8): indexing again replaces what has changed alone. */
function idOf(parts: readonly string[]): string {
  const hex = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** One line that is written over; nothing where no person looks. */
function progressOn({ interactive, out }: Terminal, { json }: IndexOptions): (line: string | undefined) => void {
  if (!interactive || json) return () => undefined;
  return (line) => out(`\r\u001B[K${line ?? ''}`);
}
