import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { AuditHeadKeeper } from '../orchestrator/audit-sealing.ts';
import { writePrivateFile } from './write-private-file.ts';

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
    write: (head) => writePrivateFile(file, `${JSON.stringify(head)}\n`),
  };
}
