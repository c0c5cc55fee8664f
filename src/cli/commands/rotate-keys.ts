import type { CliDeps, KeyRotation, OnRotated } from '../cli-deps.ts';
import { CommandFailure, EXIT, type ExitCode } from '../exit-code.ts';

const TELL_EVERY_MS = 1_000;

interface Output {
  readonly json: boolean;
}

/** `iceos secrets rotate-master-key`: wraps what is left, and says how far it is. */
export async function rotateMasterKey({ json }: Output, deps: CliDeps): Promise<ExitCode> {
  const rotated = await deps.rotateMasterKey(tellNowAndThen(deps, 'data keys wrapped'));
  if (rotated === undefined) {
    throw new CommandFailure(
      EXIT.configuration,
      'There is no master key here: set ICEOS_SECRET_KEY_FILE to the new one, and ICEOS_SECRET_PREVIOUS_KEY_FILE to the one before.',
    );
  }
  return tellEnd(rotated, { what: 'data keys were wrapped with the current master key', json }, deps);
}

/** `iceos secrets rotate-data-key`. */
export async function rotateDataKey(
  { tenant, json }: Output & { readonly tenant: string | undefined },
  deps: CliDeps,
): Promise<ExitCode> {
  const rotated = await deps.rotateDataKey(tenant, tellNowAndThen(deps, 'secrets encrypted'));
  if (rotated === undefined) throw new CommandFailure(EXIT.badInput, 'The tenant has no secrets, and so no data key.');
  return tellEnd(rotated, { what: 'secrets were encrypted with the new data key', json }, deps);
}

/** The first step at once, so that a person sees that it works. */
function tellNowAndThen({ terminal, now }: CliDeps, what: string): OnRotated {
  let toldAt = Number.NEGATIVE_INFINITY;
  return ({ done, total }) => {
    if (now() - toldAt < TELL_EVERY_MS) return;
    toldAt = now();
    terminal.error(`${done}${total === undefined ? '' : ` of ${total}`} ${what}`);
  };
}

function tellEnd(
  rotated: KeyRotation,
  { what, json }: Output & { readonly what: string },
  { terminal }: CliDeps,
): ExitCode {
  const { done, faults, stopped } = rotated;
  if (json) terminal.out(`${JSON.stringify(rotated)}\n`);
  else {
    for (const fault of faults) terminal.error(fault);
    terminal.out(`${done} ${what}.${stopped ? ' Stopped: run it again, and it goes on.' : ''}\n`);
  }
  if (stopped) return EXIT.detached;
  return faults.length === 0 ? EXIT.succeeded : EXIT.failed;
}
