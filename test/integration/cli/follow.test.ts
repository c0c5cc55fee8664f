import { afterEach, describe, expect, it } from 'vitest';
import { CommandFailure } from '../../../src/cli/exit-code.ts';
import { follow, type Heard } from '../../../src/cli/follow.ts';
import { closeServers, end, events, serverPlaying, type Subscription } from '../../support/scripted-server.ts';

afterEach(closeServers);

interface Followed {
  readonly heard: readonly string[];
  readonly failure: unknown;
}

async function followAll(
  url: string,
  more: { after?: string; signal?: AbortSignal; onHeard?: (heard: Heard) => void } = {},
): Promise<Followed> {
  const signal = more.signal ?? new AbortController().signal;
  const heard: string[] = [];
  try {
    for await (const each of follow({
      address: { url, apiKey: 'ice_k' },
      executionId: 'e',
      after: more.after,
      signal,
    })) {
      heard.push(each.type === 'reconnecting' ? `reconnecting ${each.after ?? ''}` : nameOf(each.message));
      more.onHeard?.(each);
    }
    return { heard, failure: undefined };
  } catch (failure) {
    return { heard, failure };
  }
}

const nameOf = (message: { readonly __typename: string; readonly cursor?: string }): string =>
  `${message.__typename} ${message.cursor ?? ''}`.trim();

describe('follow', () => {
  it('brings its key, gives every message, and ends after the terminal event', async () => {
    const seen: Subscription[] = [];
    const url = await serverPlaying((subscription) => {
      seen.push(subscription);
      subscription.next(events('c1', 'EXECUTION_STARTED'));
      subscription.next(end('c2'));
    });
    expect(await followAll(url)).toEqual({ heard: ['ExecutionEvents c1', 'ExecutionEvents c2'], failure: undefined });
    expect(seen[0]).toMatchObject({ after: null, authorization: 'Bearer ice_k' });
  });

  it('resumes after the last cursor when the connection breaks, and when the server goes away', async () => {
    const places: (string | null)[] = [];
    const url = await serverPlaying(
      (subscription) => {
        places.push(subscription.after);
        subscription.next(events('c1', 'EXECUTION_STARTED'));
        subscription.cut();
      },
      (subscription) => {
        places.push(subscription.after);
        subscription.next(events('c2', 'ATTEMPT_STARTED'));
        subscription.close(1012, 'restart');
      },
      (subscription) => {
        places.push(subscription.after);
        subscription.next(end('c3'));
      },
    );
    const { heard } = await followAll(url, { after: 'c0' });
    expect(places).toEqual(['c0', 'c1', 'c2']);
    expect(heard.filter((each) => !each.startsWith('reconnecting'))).toEqual([
      'ExecutionEvents c1',
      'ExecutionEvents c2',
      'ExecutionEvents c3',
    ]);
  });

  it('goes on after a place that a lagged stream names', async () => {
    const url = await serverPlaying(
      (subscription) => {
        subscription.next({ __typename: 'StreamLagged', resumeAfter: 'c7' });
        subscription.complete();
      },
      (subscription) => subscription.next(end(`after ${subscription.after ?? ''}`)),
    );
    expect((await followAll(url)).heard.at(-1)).toBe('ExecutionEvents after c7');
  });

  it('goes on while events of the past are missing, though the execution is over now', async () => {
    const url = await serverPlaying((subscription) => {
      subscription.next(events('c1', 'EXECUTION_STARTED', 'SUCCEEDED'));
      subscription.next(end('c2'));
    });
    expect((await followAll(url)).heard).toHaveLength(2);
  });

  it('ends the command when the server refuses the operation or the key', async () => {
    const refusal = await followAll(await serverPlaying((subscription) => subscription.error('BAD_USER_INPUT')));
    expect(refusal.failure).toMatchObject({ code: 2, message: 'No.' });
    const forbidden = await followAll(await serverPlaying((subscription) => subscription.close(4403, 'Forbidden')));
    expect(forbidden.failure).toMatchObject({ code: 78 });
  });

  it('does not wait for a server that was never there', async () => {
    const { failure } = await followAll('http://127.0.0.1:1');
    expect(failure).toBeInstanceOf(CommandFailure);
    expect(failure).toMatchObject({ code: 4 });
  });

  it('stops when the person wants it to', async () => {
    const controller = new AbortController();
    const url = await serverPlaying((subscription) => subscription.next(events('c1', 'EXECUTION_STARTED')));
    const onHeard = (): void => controller.abort();
    const { heard, failure } = await followAll(url, { signal: controller.signal, onHeard });
    expect({ heard, failure }).toEqual({ heard: ['ExecutionEvents c1'], failure: undefined });
  });
});
