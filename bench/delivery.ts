import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { startApp } from '../src/app.ts';
import { parseConfig } from '../src/config.ts';
import { DEFAULT_TENANT } from '../src/core/ids.ts';
import { encodeGlobalId } from '../src/gateway/global-id.ts';
import type { Executors } from '../src/orchestrator/executor.ts';
import { createLogger } from '../src/telemetry/logger.ts';
import { chain } from './blueprints.ts';
import { openLoad, VIEWER } from './load.ts';
import { startProduct } from './product-process.ts';
import type { BenchServer } from './servers.ts';
import { percentile } from './statistics.ts';

const EXECUTIONS = 40;
const STEP_MS = 25;
const SUBSCRIPTION = `subscription ($id: ID!, $after: String) {
  executionEvents(executionId: $id, after: $after) { __typename ... on ExecutionEvents { events { sequence type } } } }`;

const slowed = (executors: Executors): Executors => ({
  ...executors,
  transform: {
    effect: false,
    begin: async (node, context) => {
      await delay(STEP_MS);
      return executors.transform.begin(node, context);
    },
  },
});

interface Message {
  readonly executionEvents: { readonly events?: readonly { readonly sequence: number }[] };
}

/** W5: from the commit of an outcome in this process to the message of a graphql-ws client at a gateway in another. */
export async function measureDelivery(
  server: BenchServer,
): Promise<{ readonly deliveryP50Ms: number; readonly deliveryP99Ms: number }> {
  const url = await server.createDatabase('delivery');
  const config = parseConfig({
    DATABASE_URL: url,
    ICEOS_SANDBOX: 'best-available',
    ICEOS_PORT: '0',
    ICEOS_WARM_WORKERS: '0',
  });
  if (!config.ok) throw new Error(config.error.map(({ message }) => message).join('\n'));
  const app = await startApp({ config: config.value, logger: createLogger({ level: 'warn' }), executors: slowed });
  const key = await app.ensureFirstApiKey();
  const gateway = await startProduct({ DATABASE_URL: url, ICEOS_ROLE: 'gateway' });
  const client = createClient({
    url: `${gateway.url?.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${key?.key}` },
  });
  const committedAt = new Map<string, number>();
  const stop = app.live.subscribeTenant(DEFAULT_TENANT, (news) => {
    const now = performance.now();
    if (news !== 'look')
      for (const { sequence } of news.events ?? []) committedAt.set(`${news.executionId}/${sequence}`, now);
  });
  const load = openLoad(app);
  const latencies: number[] = [];
  const blueprintId = await load.publish(chain('delivery', 10));
  for (let n = 0; n < EXECUTIONS; n += 1) {
    const started = await app.useCases.executions.startExecution(VIEWER, { blueprintId, input: { n } });
    if (!started.ok) throw new Error(started.error.message);
    const { id } = started.value.execution;
    for await (const { data } of client.iterate<Message>({
      query: SUBSCRIPTION,
      variables: { id: encodeGlobalId('Execution', id) },
    })) {
      const now = performance.now();
      for (const { sequence } of data?.executionEvents.events ?? []) {
        const at = committedAt.get(`${id}/${sequence}`);
        if (at !== undefined) latencies.push(now - at);
      }
    }
  }
  stop();
  load.close();
  await client.dispose();
  await gateway.close();
  await app.close();
  return { deliveryP50Ms: percentile(latencies, 50), deliveryP99Ms: percentile(latencies, 99) };
}
