import type { Clock } from '../core/clock.ts';
import type { ExecutionId } from '../core/ids.ts';
import type { MemoryUse } from '../memory/memory.ts';
import type { LedgerStore } from '../store/ledger-store.ts';
import { NO_TOKENS } from '../usage/tokens.ts';
import type { Spender } from './charged-call.ts';
import { patiently } from './patiently.ts';

export interface MemoryUsesDeps {
  readonly clock: Pick<Clock, 'now' | 'delay'>;
  readonly ledger: Pick<LedgerStore, 'record'>;
  /** For the metrics. */
  readonly onUse: (use: MemoryUse) => void;
  readonly reportFault: (error: unknown, of: { readonly executionId: ExecutionId }) => void;
}

/** Who uses a memory. */
export type MemorySpender = Omit<Spender, 'leaseToken' | 'maxCostUsdMicros' | 'limit'>;

interface CountedUse extends MemoryUse {
  /** Of whoever waits for the count. */
  readonly signal?: AbortSignal | undefined;
}

/** Counts each read and write of a memory: a row of the ledger under the memory's name, and the metrics. */
export interface MemoryUses {
  /**
   * Resolves when the row is there, or when the signal of whoever waits fires; without one, when this closes. What the
   * memory did is not undone where there is no row: it is reported.
   */
  count(spender: MemorySpender, memory: string, use: CountedUse): Promise<void>;
  /** Waits for nothing any more. */
  close(): void;
}

export function createMemoryUses({ clock, ledger, onUse, reportFault }: MemoryUsesDeps): MemoryUses {
  const closing = new AbortController();

  async function count(
    spender: MemorySpender,
    memory: string,
    { signal = closing.signal, ...use }: CountedUse,
  ): Promise<void> {
    onUse(use);
    const { executionId, path, attempt, tenant, rootExecutionId, blueprintId } = spender;
    const tokens = { ...NO_TOKENS, [use.operation === 'write' ? 'inputTokens' : 'outputTokens']: use.tokens };
    const place = { executionId, path, attempt, call: spender.nextCall() };
    const charge = { tenant, rootExecutionId, blueprintId, kind: 'memory', model: memory } as const;
    const row = { ...place, ...charge, tokens, at: new Date(clock.now()) };
    try {
      await patiently(clock, () => ledger.record(row), signal);
    } catch (error) {
      reportFault(error, spender);
    }
  }

  return {
    count,
    close: () => closing.abort(new Error('The program ends.')),
  };
}
