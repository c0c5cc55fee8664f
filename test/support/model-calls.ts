import { systemClock } from '../../src/core/clock.ts';
import { DEFAULT_TENANT, type BlueprintId, type ExecutionId } from '../../src/core/ids.ts';
import { createBoundedEmbeddingProvider, createBoundedProvider } from '../../src/llm/bounded-provider.ts';
import { openEmbeddingProvider, openProvider } from '../../src/llm/open-provider.ts';
import { createOpenEmbedder, type OpenEmbedder } from '../../src/orchestrator/charged-embedding.ts';
import type { Spender } from '../../src/orchestrator/charged-call.ts';
import { createModelCalls, type OpenModelCalls } from '../../src/orchestrator/model-calls.ts';
import type { LedgerStore } from '../../src/store/ledger-store.ts';
import type { Price } from '../../src/usage/prices.ts';
import { textModel } from './tools.ts';

export const PRICE: Price = {
  from: '2020-01-01',
  rates: { inputUsdMicros: 2_000_000n, cachedInputUsdMicros: 500_000n, outputUsdMicros: 8_000_000n },
};

const reportFault = (error: unknown): void => {
  throw new Error('A call was not settled.', { cause: error });
};

/** Calls of a model at a provider on loopback, charged to a ledger. */
export async function openTestCalls(baseUrl: string, ledger: LedgerStore): Promise<OpenModelCalls> {
  const settings = { name: 'local', protocol: 'openai-compatible', baseUrl } as const;
  const remote = await openProvider(settings, { now: () => new Date(), reportFault });
  const provider = createBoundedProvider(remote, { concurrency: 100, timeoutMs: 30_000 }, systemClock);
  return createModelCalls({
    ...{ clock: systemClock, ledger, reportFault, random: () => 0 },
    findModel: (name) => textModel({ name, provider: 'local', maxOutputTokens: 500 }),
    openProvider: () => Promise.resolve(provider),
    priceOf: () => PRICE,
  });
}

/** Who asks, in an execution that was started by `startOwned`. */
export const spenderOf = (
  execution: { readonly executionId: ExecutionId; readonly blueprintId: BlueprintId },
  path: string,
  maxCostUsdMicros?: bigint,
): Spender => ({
  ...execution,
  nextCall: counter(),
  ...{ rootExecutionId: execution.executionId, tenant: DEFAULT_TENANT, path, attempt: 1, leaseToken: 1 },
  maxCostUsdMicros: () => maxCostUsdMicros,
});

const counter = (): (() => number) => {
  let next = 0;
  return () => next++;
};

/** Calls for vectors at a provider on loopback, charged to a ledger. */
export async function openTestEmbedder(baseUrl: string, ledger: LedgerStore): Promise<OpenEmbedder> {
  const settings = { name: 'local', protocol: 'openai-compatible', baseUrl } as const;
  const remote = await openEmbeddingProvider(settings, { now: () => new Date(), reportFault });
  const provider = createBoundedEmbeddingProvider(remote, { concurrency: 100, timeoutMs: 30_000 }, systemClock);
  return createOpenEmbedder({
    ...{ clock: systemClock, ledger, reportFault, random: () => 0 },
    openProvider: () => Promise.resolve(provider),
    priceOf: () => PRICE,
  });
}
