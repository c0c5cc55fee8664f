import {
  createBoundedEmbeddingProvider,
  createBoundedProvider,
  createTurns,
  type ProviderBounds,
  type Turns,
} from '../llm/bounded-provider.ts';
import type { EmbeddingProvider } from '../llm/embedding.ts';
import { createLocalEmbeddingProvider, type LocalEmbeddingProvider } from '../llm/local-embedding-provider.ts';
import { openEmbeddingProvider, openProvider } from '../llm/open-provider.ts';
import { catalogPrice } from '../llm/price-catalog.ts';
import { createScriptedProvider } from '../llm/scripted-provider.ts';
import type { LlmProvider } from '../llm/provider.ts';
import { createOpenEmbedder, type OpenEmbedder } from '../orchestrator/charged-embedding.ts';
import { createModelCalls, type OpenModelCalls } from '../orchestrator/model-calls.ts';
import type { ConfigFile, ProviderEntry } from '../registry/config-file.ts';
import type { ModelDefinition } from '../registry/model.ts';
import { observeCalls } from '../telemetry/observe-calls.ts';
import { priceAt, type Price } from '../usage/prices.ts';
import type { Shared } from './shared.ts';
import { traceProvider } from './trace-parts.ts';

type Deps = Pick<Shared, 'tracing' | 'clock' | 'metrics' | 'observers' | 'registry' | 'store' | 'paths'> &
  Pick<ConfigFile, 'providers'>;

/** How the registered models are called, each call charged. */
export interface OpenModels {
  readonly openModelCalls: OpenModelCalls;
  readonly openEmbedder: OpenEmbedder;
  /** Ends the thread of the local model, if a call has started it. */
  close(): Promise<void>;
}

/** A provider is opened by its first call. */
export function openModels({
  tracing,
  clock,
  metrics,
  observers,
  registry,
  store,
  providers,
  paths,
}: Deps): OpenModels {
  let local: LocalEmbeddingProvider | undefined;
  const reportFault = (message: string): void => observers.reportFault(new Error(message));
  const traceparent = () => tracing?.traceparent;
  const asked = { now: () => new Date(clock.now()), reportFault, traceparent };

  function entryOf(name: string): ProviderEntry {
    const entry = Object.hasOwn(providers, name) ? providers[name] : undefined;
    if (entry === undefined) throw new Error(`There is no provider "${name}".`);
    return entry;
  }

  const turns = new Map<string, Turns>();
  /** What answers in text and what makes vectors are one provider, with one pace. */
  function boundsOf(name: string, entry: ProviderEntry): ProviderBounds {
    const shared = turns.get(name) ?? createTurns(entry, clock);
    turns.set(name, shared);
    return { ...entry, turns: shared };
  }

  async function openText(name: string, entry: ProviderEntry): Promise<LlmProvider> {
    if (entry.protocol === 'scripted') return createScriptedProvider({ ...entry, name, clock });
    if (entry.protocol === 'local') throw new Error(`The provider "${name}" has no model that answers in text.`);
    return openProvider({ ...entry, name }, asked);
  }

  async function openVectors(name: string, entry: ProviderEntry): Promise<EmbeddingProvider> {
    if (entry.protocol === 'scripted')
      throw new Error(`The provider "${name}" is a script, which makes no vectors. Use one that speaks local.`);
    if (entry.protocol !== 'local') return openEmbeddingProvider({ ...entry, name }, asked);
    local ??= createLocalEmbeddingProvider({ threadFile: paths.embeddingThread });
    return local;
  }

  const charged = {
    ...{ clock, ledger: store.ledger, reportFault: observers.reportFault, random: Math.random },
    onCall: observeCalls(metrics),
  };
  const priced = (model: ModelDefinition, at: Date) => priceOf(model, providers[model.provider], at);
  return {
    openModelCalls: createModelCalls({
      ...charged,
      findModel(name) {
        const found = registry.getModel(name);
        return found.ok && found.value.kind === 'text' ? found.value : undefined;
      },
      openProvider: once(async (name) => {
        const entry = entryOf(name);
        const provider = traceProvider(await openText(name, entry), tracing);
        return createBoundedProvider(provider, boundsOf(name, entry), clock);
      }),
      priceOf: priced,
    }),
    openEmbedder: createOpenEmbedder({
      ...charged,
      openProvider: once(async (name) => {
        const entry = entryOf(name);
        return createBoundedEmbeddingProvider(await openVectors(name, entry), boundsOf(name, entry), clock);
      }),
      priceOf: priced,
    }),
    close: async () => local?.close(),
  };
}

/** Opens each name once; what failed for a reason of the moment is tried again by the next call. */
function once<T>(open: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const opened = new Map<string, Promise<T>>();
  return (name) => {
    const known = opened.get(name);
    if (known !== undefined) return known;
    const opening = open(name);
    opened.set(name, opening);
    opening.catch(() => opened.delete(name));
    return opening;
  };
}

/** What a model costs at an instant; `unknown` when nobody says. */
export function priceOf(
  { price, model, kind }: ModelDefinition,
  provider: ProviderEntry | undefined,
  at: Date,
): Price | 'free' | 'unknown' {
  if (price === 'free') return 'free';
  if (price !== 'catalog') return priceAt(price, at) ?? 'unknown';
  if (provider === undefined) return 'unknown';
  // Nobody sends a bill for a script, or for a model of the installation.
  if (provider.protocol === 'scripted' || provider.protocol === 'local') return 'free';
  return catalogPrice({ provider: provider.catalog ?? provider.protocol, model, kind }, at) ?? 'unknown';
}
