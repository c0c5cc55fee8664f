import { describe, expect, it } from 'vitest';
import { together } from '../../../src/orchestrator/agents/together.ts';
import { untilStopped } from '../../support/scripted-code.ts';

interface Scope {
  readonly signal: AbortSignal;
}
const open = (): { readonly scope: Scope; readonly stop: AbortController } => {
  const stop = new AbortController();
  return { scope: { signal: stop.signal }, stop };
};
const says = (answer: string) => async (): Promise<string> => answer;
const isFailure = (answer: string): boolean => answer === 'failed';
const until = async ({ signal }: Scope): Promise<string> => {
  await untilStopped(signal).catch(() => undefined);
  return 'stopped';
};
const rejectsWhenStopped = async ({ signal }: Scope): Promise<string> => {
  await untilStopped(signal).catch(() => undefined);
  throw new Error('The database is away.');
};

describe('works side by side', () => {
  it('give their answers in order', async () => {
    expect(await together(open().scope, [says('a'), says('b')], isFailure)).toEqual(['a', 'b']);
  });

  it('stop when one fails, and its failure is what is told, whatever the others do then', async () => {
    const answers = await together(open().scope, [until, says('failed'), rejectsWhenStopped], isFailure);
    expect(answers).toEqual(['stopped', 'failed']);
  });

  it('stop when one rejects, and reject with it', async () => {
    const broken = () => Promise.reject(new Error('broken'));
    await expect(together(open().scope, [until, broken], isFailure)).rejects.toThrow('broken');
  });

  it('stop with what is around them', async () => {
    const { scope, stop } = open();
    const answers = together(scope, [until, until], isFailure);
    stop.abort(new Error('over'));
    expect(await answers).toEqual(['stopped', 'stopped']);
    expect(await together(scope, [until], isFailure)).toEqual(['stopped']);
    await expect(together(scope, [rejectsWhenStopped], isFailure)).rejects.toThrow('away');
  });
});
