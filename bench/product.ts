import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startApp } from '../src/app.ts';
import type { App } from '../src/app.ts';
import { parseConfig } from '../src/config.ts';
import type { BlueprintId } from '../src/core/ids.ts';
import type { Executors } from '../src/orchestrator/executor.ts';
import { createLogger } from '../src/telemetry/logger.ts';
import { chain, fan } from './blueprints.ts';
import type { Load } from './load.ts';
import { openLoad, VIEWER } from './load.ts';
import { metricsShareOf, type Whole } from './metrics-share.ts';
import { inParallel, median } from './statistics.ts';

/** What the bench asks its product process for; every answer is one number or a few. */
export type Request =
  | { readonly type: 'w1'; readonly executions: number }
  | { readonly type: 'w2'; readonly executions: number; readonly concurrency: number }
  /** The share of counting in such a run. */
  | {
      readonly type: 'metrics-share';
      readonly executions: number;
      readonly concurrency: number;
      readonly of: Whole;
    }
  | { readonly type: 'w3'; readonly executions: number; readonly width: number }
  /** Starts that many and answers at once: the bench kills the process half way. */
  | { readonly type: 'w4'; readonly executions: number }
  | { readonly type: 'rss' }
  /** Milliseconds of CPU time so far. */
  | { readonly type: 'cpu' };
export interface Ready {
  readonly type: 'ready';
  readonly url: string | undefined;
}
export interface Answer {
  readonly type: 'answer';
  readonly value: number;
}

const delayMs = Number(process.argv[2] ?? '0');

/** A transform that takes its time: a kill can land in it. */
const slowed = (executors: Executors): Executors =>
  delayMs === 0
    ? executors
    : {
        ...executors,
        transform: {
          effect: false,
          begin: async (node, context) => {
            await delay(delayMs);
            return executors.transform.begin(node, context);
          },
        },
      };

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function runMany(
  { executions, concurrency }: { readonly executions: number; readonly concurrency: number },
  load: Load,
  blueprints: Blueprints,
): Promise<void> {
  return inParallel(executions, concurrency, async (n) => {
    await load.runToEnd(blueprints.ten, { n });
  });
}

async function carryOut(request: Request, load: Load, blueprints: Blueprints): Promise<number> {
  switch (request.type) {
    case 'w1': {
      const times: number[] = [];
      for (let n = 0; n < request.executions; n += 1)
        times.push(await timed(() => load.runToEnd(blueprints.three, { n })));
      return median(times);
    }
    case 'w2':
      return (request.executions * 10 * 1_000) / (await timed(() => runMany(request, load, blueprints)));
    case 'metrics-share':
      return metricsShareOf(() => runMany(request, load, blueprints), fileURLToPath(import.meta.url), request.of);
    case 'w3': {
      const times: number[] = [];
      for (let n = 0; n < request.executions; n += 1)
        times.push(await timed(() => load.runToEnd(blueprints.fan, { n })));
      return median(times);
    }
    case 'w4':
      for (let n = 0; n < request.executions; n += 1) void load.runToEnd(blueprints.ten, { n }).catch(() => undefined);
      return 0;
    case 'rss':
      return process.memoryUsage.rss();
    case 'cpu': {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000;
    }
  }
}

interface Blueprints {
  readonly three: BlueprintId;
  readonly ten: BlueprintId;
  readonly fan: BlueprintId;
}

/** Publishes a blueprint once; a restarted process finds it. */
async function publishOnce(app: App, load: Load, document: ReturnType<typeof chain>): Promise<BlueprintId> {
  const known = await app.useCases.blueprints.findBlueprint(VIEWER, document.name);
  return known ? known.id : load.publish(document);
}

const config = parseConfig(process.env);
if (!config.ok) throw new Error(config.error.map(({ message }) => message).join('\n'));
const app = await startApp({ config: config.value, logger: createLogger({ level: 'warn' }), executors: slowed });
const load = openLoad(app);
const blueprints = {
  three: await publishOnce(app, load, chain('chain-3', 3)),
  ten: await publishOnce(app, load, chain('chain-10', 10)),
  fan: await publishOnce(app, load, fan('fan-200', 200)),
};
process.on('message', (request: Request) => {
  void carryOut(request, load, blueprints).then((value) => process.send?.({ type: 'answer', value } satisfies Answer));
});
process.on('disconnect', () => void app.close().then(() => process.exit(0)));
process.send?.({ type: 'ready', url: app.url } satisfies Ready);
