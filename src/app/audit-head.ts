import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { AuditHeadKeeper } from '../orchestrator/audit-sealing.ts';

const Head = z.object({ number: z.int().min(1), seal: z.string().regex(/^[0-9a-f]{64}$/) });

/** The newest seal of this process, in the data folder: with Postgres, on another machine than the log. */
export function createAuditHead(dataDir: string): AuditHeadKeeper {
  const file = path.join(dataDir, 'audit-head.json');
  return {
    async read() {
      const text = await readFile(file, 'utf8').catch((error: unknown) => {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
        throw error;
      });
      return text === undefined ? undefined : Head.parse(JSON.parse(text));
    },
    async write(head) {
      await mkdir(dataDir, { recursive: true, mode: 0o700 });
      // A name of its own: processes with one folder must not write into each other's draft.
      const draft = `${file}.${randomUUID()}`;
      try {
        await writeDurably(draft, `${JSON.stringify(head)}\n`);
        // Renamed, so that a crash or a power loss leaves the old one or the new one.
        await rename(draft, file);
      } catch (error) {
        await rm(draft, { force: true });
        throw error;
      }
      await syncFolder(dataDir);
    },
  };
}

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Only then the new name outlives a power loss. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
