import { ScriptFailure } from './load-script.ts';
import type { MetLimit } from './met-limit.ts';

const BY_CODE: Readonly<Record<string, MetLimit>> = {
  ENOSPC: 'disk',
  EFBIG: 'disk',
  EDQUOT: 'disk',
  ENOMEM: 'memory',
  ERR_MEMORY_ALLOCATION_FAILED: 'memory',
  ERR_WORKER_OUT_OF_MEMORY: 'memory',
  ERR_WORKER_INIT_FAILED: 'processes',
};

/** What V8 says when the system gives it no more: these are no errors with a code. */
const MEMORY = /Array buffer allocation failed|could not allocate memory|Out of memory|allocation failed/i;

/** The limit that a thrown value tells of; undefined when it tells of none. */
export function limitOf(thrown: unknown): MetLimit | undefined {
  if (!(thrown instanceof Error)) return undefined;
  if (thrown instanceof ScriptFailure) return thrown.limit;
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
  // Threads and processes that cannot be started; of a file it means another thing.
  if (code === 'EAGAIN' && 'syscall' in thrown && String(thrown.syscall).startsWith('spawn')) return 'processes';
  const known = BY_CODE[code];
  if (known !== undefined) return known;
  return thrown instanceof RangeError && MEMORY.test(thrown.message) ? 'memory' : undefined;
}
