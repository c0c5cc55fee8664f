import fc from 'fast-check';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TenantId } from '../../../src/core/ids.ts';
import { createBlueprintClient, type BlueprintClient } from '../../support/blueprint-client.ts';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { init, openKnownSocket, openRawSocket, subscribe, type RawSocket } from '../../support/raw-socket.ts';
import { until } from '../../support/until.ts';

const FRAMES = 100_000;
const FRAMES_PER_SOCKET = 250;
const SOCKETS_AT_ONCE = 8;
const SEED = 20_260_928;
const SECRET = 'name_of_the_other_tenant';
const WATCH = `subscription ($id: ID!) { blueprintChanged(id: $id) { ... on BlueprintChanged { blueprint { id name version } }
  ... on Error { message } } }`;

let gateway: TestGateway;
let victim: RawSocket;
let blueprints: BlueprintClient;
let secretId: string;
let stranger: string;
let looks = 0;
beforeAll(async () => {
  gateway = await startTestGateway({
    settings: { maxCostPerMinute: 1_000_000_000 },
    authenticate: (real) => async (credential) => {
      const session = await real(credential);
      return (
        session && {
          ...session,
          isValid() {
            looks += 1;
            return session.isValid();
          },
        }
      );
    },
  });
  blueprints = createBlueprintClient(gateway);
  secretId = await blueprints.create(SECRET);
  stranger = await gateway.createKey({ tenant: TenantId.parse(uuid()) });
  victim = await openKnownSocket(gateway.url, gateway.key);
  victim.send(subscribe('victim', WATCH, { id: secretId }));
  await victim.next('next', 'victim');
});
afterAll(() => gateway.close());

/** Few, so that they meet; one is that of the other viewer's stream. */
const id = fc.constantFrom('a', 'b', 'c', 'victim', '__proto__', 'constructor', '🏊'.repeat(100));
const query = fc.oneof(
  { weight: 4, arbitrary: fc.constant('subscription { executions { changed { id } } }') },
  { weight: 3, arbitrary: fc.constant(WATCH) },
  { weight: 1, arbitrary: fc.constantFrom('{ viewer { subject } }', 'mutation { __typename }', '') },
  { weight: 1, arbitrary: fc.constantFrom('{', '{ a }', 'query A { __typename } query B { __typename }') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
);
const variables = fc.oneof(fc.constant('secret'), fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 })));
const asked = fc.record({ query, variables, operationName: fc.constantFrom(null, '', 'A', 'C') });

/** Messages of the protocol, in whatever order. */
const valid = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('complete'), id }) },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constantFrom('ping', 'pong'), payload: fc.constantFrom(null, { a: 1 }) }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('subscribe'), id, payload: asked }) },
);
/** What no client of the protocol sends, so that most of it ends the socket. */
const broken = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.json().map((text) => text.slice(0, text.length / 2)),
  fc.json(),
  valid.map((message) => JSON.stringify(message).slice(0, -1)),
  fc.record({
    type: fc.constantFrom('next', 'error', 'connection_ack', 'connection_init', 'start'),
    id,
    payload: asked,
  }),
  fc.record({ type: fc.constant('subscribe'), id: fc.jsonValue(), payload: fc.jsonValue() }),
);
/** Most sockets say for long what the protocol knows; some speak before they are known, or never make sense. */
const conversation = fc.record({
  greeting: fc.constantFrom('known', 'known', 'known', 'known', 'wrong', 'none'),
  frames: fc.oneof(
    { weight: 6, arbitrary: frames(fc.oneof({ weight: 400, arbitrary: valid }, { weight: 1, arbitrary: broken })) },
    { weight: 1, arbitrary: frames(broken) },
  ),
  ending: fc.constantFrom('close', 'terminate'),
});

function frames<T>(frame: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.array(frame, { minLength: FRAMES_PER_SOCKET, maxLength: FRAMES_PER_SOCKET, size: 'max' });
}
type Conversation = typeof conversation extends fc.Arbitrary<infer T> ? T : never;

const toFrame = (frame: unknown): string | Buffer =>
  typeof frame === 'string' || Buffer.isBuffer(frame)
    ? frame
    : JSON.stringify(frame).replaceAll('"variables":"secret"', `"variables":{"id":"${secretId}"}`);

let sent = 0;

/** Says all of it, as fast as the socket takes it; gives back what was heard. */
async function talk({ greeting, frames: said, ending }: Conversation): Promise<string> {
  const raw = await openRawSocket(gateway.url);
  const heard: string[] = [];
  raw.socket.on('message', (data: Buffer) => heard.push(data.toString()));
  if (greeting !== 'none') raw.send(init(greeting === 'known' ? stranger : 'wrong'));
  if (greeting === 'known') await raw.next('connection_ack');
  for (const frame of said) {
    if (raw.socket.readyState !== raw.socket.OPEN) break;
    raw.send(toFrame(frame));
    sent += 1;
    if (sent % 25 === 0) await new Promise(setImmediate);
  }
  raw.socket[ending]();
  await raw.closed;
  return heard.join('\n');
}

const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;

async function talkAtOnce(seed: number): Promise<void> {
  for (const heard of await Promise.all(fc.sample(conversation, { seed, numRuns: SOCKETS_AT_ONCE }).map(talk))) {
    expect(heard).not.toContain(SECRET);
    expect(heard).not.toContain('"version"');
  }
}

describe('100,000 frames of a fuzzer', () => {
  it('crash nothing, leave nothing behind, and hear nothing of another viewer', { timeout: 300_000 }, async () => {
    const printed = vi.spyOn(console, 'error');
    const warned: string[] = [];
    process.on('warning', ({ message }) => warned.push(message));
    // First once, so that the connections to the database are there.
    await talkAtOnce(SEED);
    const before = sockets();
    for (let run = 1; sent < FRAMES; run += 1) await talkAtOnce(SEED + run);
    await until(() => Promise.resolve(gateway.subscriptions === 1), 10_000, 'no subscription of the fuzzer is open');
    await until(() => Promise.resolve(sockets() <= before), 10_000, 'no socket of the fuzzer is open');
    expect({ bugs: gateway.bugs, printed: printed.mock.calls, warned }).toEqual({ bugs: [], printed: [], warned: [] });
  });

  it('have changed nothing for the other viewer', async () => {
    await blueprints.update(secretId, 1, [{ rename: 'renamed' }]);
    await until(() => Promise.resolve(victim.messages.length === 3), 5_000, 'one more message came');
    expect(victim.messages.at(-1)).toMatchObject({
      payload: { data: { blueprintChanged: { blueprint: { id: secretId, name: 'renamed', version: 2 } } } },
    });
  });

  it('leave nobody who watches a key, but the other viewer', async () => {
    looks = 0;
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    expect(looks).toBeLessThanOrEqual(5);
    victim.socket.close();
    await victim.closed;
    await until(() => Promise.resolve(gateway.subscriptions === 0), 5_000, 'nothing is open');
  });
});
