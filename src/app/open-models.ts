import { createBoundedProvider, type BoundedProvider } from '../llm/bounded-provider.ts';
import { openProvider } from '../llm/open-provider.ts';
import { catalogPrice } from '../llm/price-catalog.ts';
import { createScriptedProvider } from '../llm/scripted-provider.ts';
import { createModelCalls, type ModelCallsDeps, type OpenModelCalls } from '../orchestrator/model-calls.ts';
import type { ConfigFile, ProviderEntry } from '../registry/config-file.ts';
import { priceAt } from '../usage/prices.ts';
import type { Shared } from './shared.ts';

type Deps = Pick<Shared, 'clock' | 'observers' | 'registry' | 'store'> & Pick<ConfigFile, 'providers'>;

/** How attempts call the registered models. A provider is opened by its first call. */
export function openModels({ clock, observers, registry, store, providers }: Deps): OpenModelCalls {
  const opened = new Map<string, Promise<BoundedProvider>>();

  async function open(name: string): Promise<BoundedProvider> {
    const entry = Object.hasOwn(providers, name) ? providers[name] : undefined;
    if (entry === undefined) throw new Error(`There is no provider "${name}".`);
    const reportFault = (message: string): void => observers.reportFault(new Error(message));
    const provider =
      entry.protocol === 'scripted'
        ? createScriptedProvider({ ...entry, name, clock })
        : await openProvider({ ...entry, name }, { now: () => new Date(clock.now()), reportFault });
    return createBoundedProvider(provider, entry, clock);
  }

  return createModelCalls({
    clock,
    ledger: store.ledger,
    reportFault: observers.reportFault,
    random: Math.random,
    findModel(name) {
      const found = registry.getModel(name);
      return found.ok && found.value.kind === 'text' ? found.value : undefined;
    },
    openProvider(name) {
      const known = opened.get(name);
      if (known !== undefined) return known;
      const opening = open(name);
      opened.set(name, opening);
      // What failed for a reason of the moment is tried again by the next call.
      opening.catch(() => opened.delete(name));
      return opening;
    },
    priceOf: (model, at) => priceOf(model, providers[model.provider], at),
  });
}

/** What a model costs at an instant; `unknown` when nobody says. */
export const priceOf = (
  { price, model }: Parameters<ModelCallsDeps['priceOf']>[0],
  provider: ProviderEntry | undefined,
  at: Date,
): ReturnType<ModelCallsDeps['priceOf']> => {
  if (price === 'free') return 'free';
  if (price !== 'catalog') return priceAt(price, at) ?? 'unknown';
  if (provider === undefined) return 'unknown';
  // Nobody sends a bill for a script.
  if (provider.protocol === 'scripted') return 'free';
  return catalogPrice({ provider: provider.catalog ?? provider.protocol, model }, at) ?? 'unknown';
};
