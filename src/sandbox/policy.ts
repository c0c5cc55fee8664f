import { assertNever } from '../core/assert-never.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { SandboxLayer } from './sandbox.ts';

/** What the operator asks for with `ICEOS_SANDBOX`; `confined` is the default. */
export type SandboxSetting = 'confined' | 'best-available' | 'development';

export interface SandboxPolicyInput {
  readonly setting: SandboxSetting;
  /** Hosts of all listeners, as configured. */
  readonly listenerHosts: readonly string[];
  readonly nodeEnv: string | undefined;
  readonly platform: string;
}

export interface SandboxChoice {
  readonly layer: SandboxLayer;
  /** One line for the log at start-up: which layer, and why. */
  readonly note: string;
}

/** Decides which layer runs foreign code, or says in a sentence for the operator why none may. */
export function decideSandbox(input: SandboxPolicyInput): Result<SandboxChoice, string> {
  switch (input.setting) {
    case 'confined':
      return err(
        'This release cannot confine tools and code: they would run with all rights of this process. ' +
          'To run it on your own machine, set ICEOS_SANDBOX=best-available (or development); the server then listens on a loopback address only.',
      );
    case 'best-available':
    case 'development':
      return development(input);
    default:
      return assertNever(input.setting);
  }
}

function development({ setting, listenerHosts, nodeEnv, platform }: SandboxPolicyInput): Result<SandboxChoice, string> {
  if (nodeEnv === 'production') {
    return err(
      `ICEOS_SANDBOX=${setting} gives the development sandbox, which confines nothing. It does not run with NODE_ENV=production.`,
    );
  }
  const open = listenerHosts.find((host) => !isLoopbackHost(host));
  if (open !== undefined) {
    return err(
      `ICEOS_SANDBOX=${setting} gives the development sandbox, which confines nothing. It does not run while the server listens on ` +
        `${open === '' ? 'all addresses' : open}; use a loopback address such as 127.0.0.1.`,
    );
  }
  const why = setting === 'development' ? 'as asked for' : `the best that this release has on ${platform}`;
  return ok({
    layer: 'development',
    note: `Sandbox: development (${why}). Tools and code run in processes of their own with timeouts and output limits; nothing confines them.`,
  });
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
