import { v7 as uuidv7 } from 'uuid';
import { findInstallation } from './app/installation.ts';
import { createObservers } from './app/observers.ts';
import { openAuditSealing } from './app/open-audit-sealing.ts';
import { openDispatch } from './app/open-dispatch.ts';
import { openLoopGuard } from './app/open-loop-guard.ts';
import { openGateway, openHealthListener } from './app/open-gateway.ts';
import { openMemories, openMemoryPurge } from './app/open-memories.ts';
import { openModels } from './app/open-models.ts';
import { openOrchestrator } from './app/open-orchestrator.ts';
import { openRegistry } from './app/open-registry.ts';
import { openSecretVault } from './app/open-secret-vault.ts';
import { openSweep } from './app/open-sweep.ts';
import { openStore } from './app/open-store.ts';
import { openPlans, openUseCases } from './app/open-use-cases.ts';
import { openTraces } from './app/trace-parts.ts';
import { ownListeners } from './app/own-listeners.ts';
import type { Config } from './config.ts';
import { systemClock } from './core/clock.ts';
import { createScope } from './core/scope.ts';
import type { UseCases } from './gateway/context.ts';
import type { LiveBus } from './live/live-bus.ts';
import { createJournalClock } from './orchestrator/journal-clock.ts';
import type { Executors } from './orchestrator/executor.ts';
import type { Logger } from './telemetry/logger.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { withTraceIds } from './telemetry/tracing.ts';
import { sampleCondition } from './telemetry/sample-condition.ts';
import { createEnsureFirstApiKey } from './use-cases/create-api-key.ts';
import type { NewApiKey } from './use-cases/api-key.ts';
import type { KeepKey } from './use-cases/create-api-key.ts';

export interface AppOptions {
  readonly config: Config;
  readonly logger: Logger;
  /** Exchanges executors, for measurements that need a node of a known length. */
  readonly executors?: ((executors: Executors) => Executors) | undefined;
}

/** The running program: all parts of this process's roles, connected and started. */
export interface App {
  /** Where clients reach it; undefined in a process that only orchestrates. */
  readonly url: string | undefined;
  /** Where probes and scrapers reach it. */
  readonly operatorUrl: string;
  /** What the operator should be told at start-up, a line each. */
  readonly notices: readonly string[];
  readonly useCases: UseCases;
  readonly live: LiveBus;
  /** Executions that this process carries forward now. */
  readonly running: number;
  /** Makes the first API key on an empty store, once `keep` has it; undefined when there is one. */
  ensureFirstApiKey(keep?: KeepKey): Promise<NewApiKey | undefined>;
  /** Stops taking work, lets attempts finish within the grace, gives leases back, and closes everything. */
  close(reason?: Error): Promise<void>;
}

/** Builds and starts all parts in order; when one of them fails, those before it are closed again. */
export async function startApp({ config, logger: given, executors }: AppOptions): Promise<App> {
  const scope = createScope();
  const newId = (): string => uuidv7();
  const clock = createJournalClock(systemClock);
  let logger = given;
  try {
    const tracing = await openTraces(config, given);
    if (tracing !== undefined) {
      // Closed last: until then there is something to tell.
      await scope.add({ close: () => tracing.close() });
      logger = withTraceIds(given, tracing);
    }
    const paths = findInstallation();
    const { registry, providers } = await openRegistry(paths, config);
    const metrics = createMetrics({ models: registry.listModels().map(({ name }) => name) });
    await scope.add({ close: () => metrics.close() });
    await scope.add(openLoopGuard({ config, logger, metrics, paths }));
    const observers = createObservers(metrics, logger, tracing);
    const store = await scope.add(await openStore({ ...observers, config, paths, clock, newId }));
    sampleCondition(metrics, {
      clock,
      async read() {
        const askedAtMs = clock.monotonicMs();
        const condition = await store.condition.read();
        // Where there are heartbeats, they do this.
        if (config.role === 'gateway') clock.correct(condition.databaseNow, askedAtMs);
        return condition;
      },
    });
    const vault = await openSecretVault(config, store.dataKeys);
    const shared = { config, logger, metrics, observers, clock, newId, store, vault, registry, paths, tracing };
    const models = await scope.add(openModels({ ...shared, providers }));
    const memories = await scope.add(openMemories({ ...shared, models }));
    const dispatch = await scope.add(openDispatch(store, observers.reportFault));
    const listener: { url: string | undefined } = { url: undefined };
    const connected = {
      ...shared,
      providers,
      dispatch,
      models,
      memories,
      plans: openPlans(shared),
      exchange: executors,
      refused: () => ownListeners(config, listener.url),
    };
    const orchestrator = config.role === 'gateway' ? undefined : await openOrchestrator(connected);
    if (orchestrator === undefined) store.setOthersListen(true);
    else {
      await scope.add(orchestrator);
      await scope.add(openMemoryPurge(shared));
    }
    await scope.add(openSweep({ ...shared, reportFault: observers.reportFault }));
    const sealing = await openAuditSealing(shared);
    if (sealing !== undefined) await scope.add(sealing);
    const useCases = await scope.add(openUseCases({ ...connected, orchestrator }));
    const isForClients = config.role !== 'orchestrator';
    const gateway = isForClients
      ? await openGateway({ ...shared, useCases: useCases.all })
      : openHealthListener(shared);
    const { url } = await scope.add(gateway);
    listener.url = url;
    const notices = [store.database.notice, orchestrator?.notice].filter((notice) => notice !== undefined);
    return {
      url: isForClients ? url : undefined,
      operatorUrl: url,
      notices,
      useCases: useCases.all,
      live: store.live,
      get running() {
        return orchestrator?.running ?? 0;
      },
      ensureFirstApiKey: createEnsureFirstApiKey({ credentials: store.credentials, clock, newId }),
      close: (reason) => scope.close(reason),
    };
  } catch (error) {
    await scope.close(new Error('The start failed.', { cause: error })).catch((again: unknown) => {
      logger.error('closing after a failed start failed too', { err: again });
    });
    throw error;
  }
}
