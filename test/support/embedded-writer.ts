import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DEFAULT_TENANT, ExecutionId } from '../../src/core/ids.ts';
import { systemClock } from '../../src/core/clock.ts';
import { openDatabase } from '../../src/store/database.ts';
import { createStores } from '../../src/store/stores.ts';
import { ROOT } from '../../scripts/build.ts';
import { SURROUNDINGS } from './database-broker.ts';
import { appendRequest, newOrchestratorId } from './journal.ts';

export interface Writer {
  readonly child: ChildProcess;
  /** Fires with each sequence that the writer was told is committed. */
  readonly acknowledged: (listener: (sequence: number) => void) => void;
}

/** A process of its own that claims the execution and appends to it until it is killed. */
export async function startWriter(of: { readonly folder: string; readonly executionId: ExecutionId }): Promise<Writer> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(import.meta.url), of.folder, of.executionId],
    {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const listeners = new Set<(sequence: number) => void>();
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    for (const listener of listeners) listener(Number(line));
  });
  return { child, acknowledged: (listener) => listeners.add(listener) };
}

/** Kills as soon as the sequence `after` is acknowledged; resolves to the last one that was. */
export function killWriter({ child, acknowledged }: Writer, { after }: { readonly after: number }): Promise<number> {
  return new Promise((resolve) => {
    let last = 0;
    acknowledged((sequence) => {
      last = sequence;
      if (sequence >= after) child.kill('SIGKILL');
    });
    child.once('close', () => resolve(last));
  });
}

async function write(folder: string, id: string): Promise<void> {
  const executionId = ExecutionId.parse(id);
  const database = await openDatabase({ ...SURROUNDINGS, dataDir: folder });
  const { leases, events } = createStores({ database, clock: systemClock });
  const owner = newOrchestratorId();
  await leases.register(owner, 60_000);
  const lease = await leases.claim(owner, executionId);
  if (!lease) throw new Error('Nobody living holds the execution, and still it could not be claimed.');
  for (let expected = lease.lastSequence; ; expected += 1) {
    const answer = await events.append({ ...appendRequest(executionId, { expected }), leaseToken: lease.token });
    if (answer !== 'wrote') throw new Error(`The append after ${expected} was ${answer} in tenant ${DEFAULT_TENANT}.`);
    process.stdout.write(`${expected + 1}\n`);
  }
}

const [, file, folder, executionId] = process.argv;
if (file === fileURLToPath(import.meta.url) && folder !== undefined && executionId !== undefined) {
  await write(folder, executionId);
}
