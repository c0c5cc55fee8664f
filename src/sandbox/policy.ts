import { assertNever } from '../core/assert-never.ts';
import { err, ok, type Result } from '../core/result.ts';

/** What the operator asks for with `ICEOS_SANDBOX`; `confined` is the default. */
export type SandboxSetting = 'confined' | 'best-available' | 'development';

export interface SandboxPolicyInput {
  readonly setting: SandboxSetting;
  /** Hosts of all listeners, as configured. */
  readonly listenerHosts: readonly string[];
  readonly nodeEnv: string | undefined;
}

/** Whether foreign code may run with this configuration, or a sentence for the operator that says why not. */
export function decideSandbox(input: SandboxPolicyInput): Result<'best-available' | 'development', string> {
  switch (input.setting) {
    case 'confined':
      return err(
        'This release does not promise yet that tools and code are confined. ' +
          'To run it on your own machine, set ICEOS_SANDBOX=best-available (or development); the server then listens on a loopback address only.',
      );
    case 'best-available':
    case 'development':
      return onOwnMachine(input.setting, input);
    default:
      return assertNever(input.setting);
  }
}

function onOwnMachine<Setting extends string>(
  setting: Setting,
  { listenerHosts, nodeEnv }: SandboxPolicyInput,
): Result<Setting, string> {
  const meaning = `ICEOS_SANDBOX=${setting} may mean a development sandbox, which confines nothing.`;
  if (nodeEnv === 'production') return err(`${meaning} It does not run with NODE_ENV=production.`);
  const open = listenerHosts.find((host) => !isLoopbackHost(host));
  if (open === undefined) return ok(setting);
  const where = open === '' ? 'all addresses' : open;
  return err(
    `${meaning} It does not run while the server listens on ${where}; use a loopback address such as 127.0.0.1.`,
  );
}

/** True for names and addresses that only this machine reaches. */
export function isLoopbackHost(host: string): boolean {
  const bare = host.toLowerCase().replace(/^\[|\]$/g, '');
  return (
    bare === 'localhost' ||
    bare === '::1' ||
    bare === '::ffff:127.0.0.1' ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(bare)
  );
}
