import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { BlueprintId, DEFAULT_TENANT, ExecutionId, TenantId } from '../../../src/core/ids.ts';
import type { Committed } from '../../../src/execution/committed.ts';
import { parseHintText, toHintText } from '../../../src/live/hint-text.ts';
import { createLocalLive, type BlueprintHint, type News } from '../../../src/live/live-bus.ts';
import { createPostgresLive, type PostgresLive } from '../../../src/live/postgres-live.ts';
import { settled } from '../../support/live.ts';

const A = ExecutionId.parse('01890000-0000-7000-8000-000000000001');
const B = ExecutionId.parse('01890000-0000-7000-8000-000000000002');
const BLUEPRINT = BlueprintId.parse('01890000-0000-7000-8000-000000000003');
const OTHER_TENANT = TenantId.parse('00000000-0000-7000-8000-00000000000f');

const committed = (executionId: ExecutionId, lastSequence: number, tenant = DEFAULT_TENANT): Committed => ({
  executionId,
  tenant,
  lastSequence,
});

describe('The bus of one process', () => {
  it('tells each listener what it listens to', () => {
    const live = createLocalLive();
    const heard: News<Committed>[] = [];
    const ofTenant: News<Committed>[] = [];
    live.subscribe(A, (news) => heard.push(news));
    live.subscribeTenant(OTHER_TENANT, (news) => ofTenant.push(news));
    live.publish([committed(A, 1), committed(B, 5), committed(B, 6, OTHER_TENANT)]);
    live.look();
    expect(heard).toEqual([committed(A, 1), 'look']);
    expect(ofTenant).toEqual([committed(B, 6, OTHER_TENANT), 'look']);
  });

  it('keeps two subscriptions of one function apart, and ends each once', () => {
    const live = createLocalLive();
    let heard = 0;
    const listener = (): void => void (heard += 1);
    const stop = live.subscribe(A, listener);
    live.subscribe(A, listener);
    live.publish([committed(A, 1)]);
    stop();
    stop();
    live.publish([committed(A, 2)]);
    expect(heard).toBe(3);
  });

  it('tells the others when one listener throws', () => {
    const failures: unknown[] = [];
    const live = createLocalLive({ onListenerFailed: (error) => failures.push(error) });
    const heard: unknown[] = [];
    live.subscribe(A, () => {
      throw new Error('I broke.');
    });
    live.subscribe(A, (news) => heard.push(news));
    live.publish([committed(A, 1)]);
    expect(heard).toHaveLength(1);
    expect(failures).toEqual([new Error('I broke.')]);
  });
});

const arbitraryCommitted = (): fc.Arbitrary<Committed> =>
  fc
    .record({
      id: fc.uuid({ version: 7 }),
      tenant: fc.constantFrom(DEFAULT_TENANT, OTHER_TENANT),
      last: fc.nat(100_000),
    })
    .map(({ id, tenant, last }) => committed(ExecutionId.parse(id), last, tenant));

describe('Hints in a NOTIFY', () => {
  test.prop([fc.array(arbitraryCommitted(), { maxLength: 200 })])('come back as they were', (executions) => {
    const { sender, hints } = parseHintText(toHintText({ sender: 'me', executions, blueprints: [] }));
    expect(sender).toBe('me');
    const back = hints === 'look' ? [] : hints.executions;
    const sorted = (list: readonly Committed[]): readonly string[] => list.map((one) => JSON.stringify(one)).sort();
    expect(sorted(back)).toEqual(sorted(executions));
  });

  it('tell everybody to look when there are more than fit', () => {
    const executions = Array.from({ length: 400 }, (_, index) => committed(A, index));
    const text = toHintText({ sender: 'me', executions, blueprints: [] });
    expect(text).toBe('me|*');
    expect(parseHintText(text)).toEqual({ sender: 'me', hints: 'look' });
  });

  test.prop([fc.string()])('that nobody understands tell everybody to look, or nothing', (text) => {
    const { hints } = parseHintText(text);
    expect(hints === 'look' || hints.executions.length + hints.blueprints.length === 0).toBe(true);
  });
});

/** Processes that hear each other's notifications, in this process. */
function createNetwork() {
  const ears = new Set<(text: string) => void>();
  const sent: string[] = [];
  let release: (() => void) | undefined;
  let isHeld = false;
  const connected: (() => void)[] = [];
  return {
    sent,
    hold: () => void (isHeld = true),
    release: () => release?.(),
    reconnect: () => connected.forEach((tell) => tell()),
    /** Senders that were told of somebody else. */
    knowing: new Set<string>(),
    join(sender: string): PostgresLive {
      return createPostgresLive({
        local: createLocalLive(),
        sender,
        onOtherHeard: () => this.knowing.add(sender),
        async listen(_channel, { onText, onConnected }) {
          ears.add(onText);
          connected.push(onConnected);
          onConnected();
          return () => void ears.delete(onText);
        },
        async notify(_channel, text) {
          sent.push(text);
          if (isHeld) await new Promise<void>((resolve) => (release = resolve));
          for (const hear of ears) hear(text);
        },
      });
    },
    /** As the store does it with a commit. */
    commit(live: PostgresLive, executions: readonly Committed[]): void {
      const text = live.hint.text(executions);
      for (const hear of ears) hear(text);
      live.publish(executions);
    },
  };
}

describe('The bus of several processes', () => {
  it('tells others by name and itself with the events', async () => {
    const network = createNetwork();
    const [here, there] = [network.join('here'), network.join('there')];
    await Promise.all([here.start(), there.start()]);
    const heard: Record<string, News<Committed>[]> = { here: [], there: [] };
    here.subscribe(A, (news) => heard['here']?.push(news));
    there.subscribe(A, (news) => heard['there']?.push(news));
    const gift: Committed = {
      ...committed(A, 1),
      events: [{ type: 'cancelRequested', sequence: 1, at: 1, requestedBy: 'me' }],
    };
    network.commit(here, [gift]);
    expect(heard).toEqual({ here: [gift], there: [committed(A, 1)] });
    await Promise.all([here.close(), there.close()]);
    network.commit(here, [committed(A, 2)]);
    expect(heard['there']).toHaveLength(1);
  });

  it('lets everybody look after a connection was away', async () => {
    const network = createNetwork();
    const live = network.join('here');
    await live.start();
    const heard: News<Committed>[] = [];
    live.subscribe(A, (news) => heard.push(news));
    network.reconnect();
    expect(heard).toEqual(['look']);
  });

  it('knows at once that another has come, and tells it nothing more than that', async () => {
    const network = createNetwork();
    const here = network.join('here');
    await here.start();
    await settled();
    expect([...network.knowing]).toEqual([]);
    const heard: unknown[] = [];
    here.subscribe(A, (news) => heard.push(news));
    await network.join('there').start();
    await settled();
    expect([...network.knowing]).toEqual(['here']);
    expect(heard).toEqual([]);
  });

  it('sends the versions of blueprints that came while it was sending together', async () => {
    const network = createNetwork();
    const [here, there] = [network.join('here'), network.join('there')];
    await Promise.all([here.start(), there.start()]);
    await settled();
    network.sent.length = 0;
    const heard: News<BlueprintHint>[] = [];
    there.subscribeBlueprint(BLUEPRINT, (news) => heard.push(news));
    network.hold();
    for (const version of [1, 2, 3]) here.publishBlueprint({ tenant: DEFAULT_TENANT, id: BLUEPRINT, version });
    network.release();
    await settled();
    network.release();
    await here.close();
    expect(network.sent).toHaveLength(2);
    expect(heard).toEqual([1, 3].map((version) => ({ tenant: DEFAULT_TENANT, id: BLUEPRINT, version })));
  });
});
