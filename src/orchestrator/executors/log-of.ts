import type { SandboxCall } from '../../sandbox/sandbox.ts';
import type { AttemptContext } from '../executor.ts';

/** Each line that a program prints becomes a line of its attempt's log. */
export const logOf =
  ({ say }: Pick<AttemptContext, 'say'>): NonNullable<SandboxCall['onLog']> =>
  ({ message }) =>
    say('log', `${message}\n`);
