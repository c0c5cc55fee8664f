import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
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

const STEPS = 20;
const STEP_MS = 40;
const QUERY = `subscription ($id: ID!) {
  executionEvents(executionId: $id) { __typename ... on ExecutionEvents { events { sequence type } } } }`;

/** What 1,000 subscribers of one execution cost the gateway. */
export interface FanOut {
  readonly subscribers: number;
  readonly deliveries: number;
  /** CPU time of the gateway's process for one message to one subscriber. */
  readonly cpuUsPerDelivery: number;
  /** The same of yoga and graphql-ws without anything of ours, for the same messages. */
  readonly plainCpuUsPerDelivery: number;
}

interface Crowd {
  /** Messages of events that came, over all. */
  readonly messages: number;
  readonly subscribed: number;
  close(): Promise<void>;
}

/** Sockets that count what comes and look at it as little as they can: the machine is shared with the server. */
async function openCrowd(url: string, size: number, subscribe: { key: string; id: string }): Promise<Crowd> {
  let messages = 0;
  let subscribed = 0;
  const sockets: WebSocket[] = [];
  for (let n = 0; n < size; n += 1) {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
      perMessageDeflate: false,
    });
    sockets.push(socket);
    socket.on('message', (data: Buffer) => {
      if (data.includes('"connection_ack"')) {
        const payload = { query: QUERY, variables: { id: subscribe.id } };
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }), () => (subscribed += 1));
      } else if (data.includes('"ExecutionEvents"')) messages += 1;
    });
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${subscribe.key}` } }));
  }
  return {
    get messages() {
      return messages;
    },
    get subscribed() {
      return subscribed;
    },
    async close() {
      for (const socket of sockets) socket.terminate();
      await delay(100);
    },
  };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await delay(20);
}

/** W7: server CPU for each delivery, and the same for the libraries alone, in one run. */
export async function measureFanOut(server: BenchServer, subscribers = 1_000): Promise<FanOut> {
  const url = await server.createDatabase('fanout');
  const gate = { open: (): void => undefined, opened: Promise.resolve() };
  const slowed = (executors: Executors): Executors => ({
    ...executors,
    transform: {
      effect: false,
      begin: async (node, context) => {
        // The first one goes through: a start is answered with the first outcomes that cost nothing.
        if (node.name !== 'step_1') await gate.opened.then(() => delay(STEP_MS));
        return executors.transform.begin(node, context);
      },
    },
  });
  const settings = { DATABASE_URL: url, ICEOS_SANDBOX: 'best-available', ICEOS_PORT: '0', ICEOS_WARM_WORKERS: '0' };
  const config = parseConfig(settings);
  if (!config.ok) throw new Error(config.error.map(({ message }) => message).join('\n'));
  const app = await startApp({ config: config.value, logger: createLogger({ level: 'warn' }), executors: slowed });
  const key = (await app.ensureFirstApiKey())?.key ?? '';
  const load = openLoad(app);
  const blueprintId = await load.publish(chain('fanout', STEPS));
  const gateway = await startProduct({ DATABASE_URL: url, ICEOS_ROLE: 'gateway' });
  const heard: { readonly sequence: number; readonly type: string }[][] = [];
  const stop = app.live.subscribeTenant(DEFAULT_TENANT, (news) => {
    if (news !== 'look') heard.push([...(news.events ?? [])].map(({ sequence, type }) => ({ sequence, type })));
  });

  /** One execution that everybody watches; the first warms up. */
  async function watched(): Promise<{ cpuMs: number; messages: number }> {
    gate.opened = new Promise((resolve) => (gate.open = resolve));
    const started = await app.useCases.executions.startExecution(VIEWER, { blueprintId, input: { n: 1 } });
    if (!started.ok) throw new Error(started.error.message);
    const id = encodeGlobalId('Execution', started.value.execution.id);
    const crowd = await openCrowd(gateway.url ?? '', subscribers, { key, id });
    await until(() => crowd.subscribed === subscribers);
    await delay(1_500);
    const before = { cpuMs: await gateway.ask({ type: 'cpu' }), messages: crowd.messages };
    heard.length = 0;
    gate.open();
    await delay(STEPS * STEP_MS);
    let last = -1;
    while (last !== crowd.messages) {
      last = crowd.messages;
      await delay(1_000);
    }
    const cpuMs = (await gateway.ask({ type: 'cpu' })) - before.cpuMs;
    const messages = crowd.messages - before.messages;
    await crowd.close();
    return { cpuMs, messages };
  }
  await watched();
  const ours = await watched();

  const plain = fork(path.join(import.meta.dirname, 'plain-gateway.ts'), { execArgv: ['--import', 'tsx'] });
  const [{ url: plainUrl }] = (await once(plain, 'message')) as [{ url: string }]; // its first message
  const plainCpu = async (): Promise<number> => {
    const answer = once(plain, 'message');
    plain.send({ type: 'cpu' });
    const [{ value }] = (await answer) as [{ value: number }]; // the answer to what was asked
    return value;
  };
  const crowd = await openCrowd(plainUrl, subscribers, { key, id: 'x' });
  await until(() => crowd.subscribed === subscribers);
  await delay(1_500);
  const published = heard.filter((events) => events.length > 0);
  async function publishAll(): Promise<{ cpuMs: number; messages: number }> {
    const before = { cpuMs: await plainCpu(), messages: crowd.messages };
    for (const events of published) {
      plain.send({ type: 'publish', message: { __typename: 'ExecutionEvents', events } });
      await delay(STEP_MS);
    }
    await until(() => crowd.messages - before.messages === published.length * subscribers);
    return { cpuMs: (await plainCpu()) - before.cpuMs, messages: crowd.messages - before.messages };
  }
  await publishAll();
  const theirs = await publishAll();
  await crowd.close();
  plain.kill();
  stop();
  load.close();
  await gateway.close();
  await app.close();
  const perDelivery = ({ cpuMs, messages }: { cpuMs: number; messages: number }): number => (cpuMs * 1_000) / messages;
  return {
    subscribers,
    deliveries: ours.messages,
    cpuUsPerDelivery: perDelivery(ours),
    plainCpuUsPerDelivery: perDelivery(theirs),
  };
}
