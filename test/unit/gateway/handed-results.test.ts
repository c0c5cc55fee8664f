import { setImmediate as turn } from 'node:timers/promises';
import type { ExecutionResult } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createSharedResults, type Outcome } from '../../../src/gateway/shared-results.ts';
import { handResults } from '../../../src/gateway/hand-results.ts';

describe('Results that are handed on', () => {
  /** Makes each result when it is told to. */
  function scene() {
    const results = createSharedResults();
    const making = new Map<object, (result: ExecutionResult | Error) => void>();
    const tell = (payload: unknown, hear: (outcome: Outcome) => void): Promise<void> => {
      const message = payload as object; // the payloads of this test are objects
      const make = (): Promise<ExecutionResult> =>
        new Promise((resolve, reject) =>
          making.set(message, (result) => (result instanceof Error ? reject(result) : resolve(result))),
        );
      return results.tell({ message, selection: 'a', make }, hear);
    };
    return { tell, make: (message: object, result: ExecutionResult | Error) => making.get(message)?.(result) };
  }
  const nth = (n: number): ExecutionResult => ({ data: { n } });

  it('come in the order of their messages, also where a later one is ready first', async () => {
    const { tell, make } = scene();
    const [one, two] = [{}, {}];
    // Another subscriber has asked for the second already.
    void tell(two, () => undefined);
    const taken: ExecutionResult[] = [];
    const handed = handResults(
      (take) => {
        take(one);
        take(two);
        return Promise.resolve();
      },
      tell,
      (result) => taken.push(result) > 0,
    );
    make(two, nth(2));
    await turn();
    expect(taken).toEqual([]);
    make(one, nth(1));
    await handed;
    expect(taken).toEqual([nth(1), nth(2)]);
  });

  it('fail at once where one cannot be made, though nothing more happens', async () => {
    const { tell, make } = scene();
    const one = {};
    const handed = handResults(
      (take) => {
        take(one);
        // Of an execution that is quiet from now on.
        return new Promise<never>(() => undefined);
      },
      tell,
      () => true,
    );
    make(one, new Error('It broke.'));
    await expect(handed).rejects.toThrow('It broke.');
  });

  it('reach all who hear them, also behind one who cannot take them', async () => {
    const { tell, make } = scene();
    const one = {};
    const handTo = (take: (result: ExecutionResult) => boolean): Promise<void> =>
      handResults(
        (handOn) => {
          handOn(one);
          return Promise.resolve();
        },
        tell,
        take,
      );
    const taken: ExecutionResult[] = [];
    const broken = handTo(() => {
      throw new Error('The text is too long.');
    });
    const whole = handTo((result) => taken.push(result) > 0);
    make(one, nth(1));
    await expect(broken).rejects.toThrow('too long');
    await whole;
    expect(taken).toEqual([nth(1)]);
  });

  it('are handed on no further than eight that are not made', async () => {
    const { tell, make } = scene();
    const messages = Array.from({ length: 9 }, () => ({}));
    const answers: boolean[] = [];
    const handed = handResults(
      (take) => {
        for (const message of messages.slice(0, 8)) answers.push(take(message));
        return Promise.resolve();
      },
      tell,
      () => true,
    );
    expect(answers).toEqual([...Array.from({ length: 7 }, () => true), false]);
    for (const [index, message] of messages.slice(0, 8).entries()) {
      make(message, nth(index));
      await turn();
    }
    await handed;
  });

  it('fail with the first that cannot be made, and nothing comes behind it', async () => {
    const { tell, make } = scene();
    const [one, two] = [{}, {}];
    const taken: ExecutionResult[] = [];
    const handed = handResults(
      (take) => {
        take(one);
        take(two);
        return Promise.resolve();
      },
      tell,
      (result) => taken.push(result) > 0,
    );
    const refused = expect(handed).rejects.toThrow('It broke.');
    make(one, new Error('It broke.'));
    await turn();
    make(two, nth(2));
    await refused;
    expect(taken).toEqual([]);
  });
});
