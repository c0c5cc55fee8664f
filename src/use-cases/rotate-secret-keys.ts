import type { Clock } from '../core/clock.ts';
import type { TenantId } from '../core/ids.ts';
import type { SecretVault } from '../core/secret-vault.ts';
import type { DataKeyStore, RotationStep } from '../store/data-key-store.ts';
import { auditOf } from './audit.ts';

/** How far a rotation is. */
export interface RotationProgress {
  readonly done: number;
  /** Undefined where it is not known before. */
  readonly total: number | undefined;
}

/** What a rotation came to. What did not open stays as it is, and is tried again by the next one. */
export interface Rotated {
  readonly done: number;
  readonly faults: readonly string[];
  /** Whether it was told to stop before its end. */
  readonly stopped: boolean;
}

export interface RotationDeps {
  readonly dataKeys: DataKeyStore;
  readonly vault: SecretVault;
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: () => string;
  readonly onProgress: (progress: RotationProgress) => void;
  /** Fires to stop between two transactions. */
  readonly signal: AbortSignal;
}

/** Secrets of one transaction: what a server waits for that sets one meanwhile. */
const RESEALED_AT_ONCE = 20;

/** Who does it: the operator, by a command on the database. */
const SUBJECT = 'iceos';

/**
 * Wraps every data key again that another master key has wrapped, each in a transaction of its own. What is done is told
 * by the rows themselves: after a kill the next one goes on with those that are left.
 */
export async function rotateMasterKey(deps: RotationDeps): Promise<Rotated> {
  const { dataKeys, vault, clock, onProgress } = deps;
  const masterKeyId = vault.currentMasterKeyId;
  const total = await dataKeys.countOtherThan(masterKeyId);
  let done = 0;
  for (;;) {
    const pass = await walk(deps, async (after) => {
      const at = clock.now();
      const step = await dataKeys.rewrapNext({
        ...{ masterKeyId, after, at },
        rewrap: (dataKey) => vault.rewrap(dataKey),
        audit: ({ id: nounId, tenant }) =>
          auditOf({ tenant, subject: SUBJECT }, 'rotateMasterKey', { at, nounId, fields: ['masterKeyId'] }),
      });
      done += step.done;
      onProgress({ done, total: Math.max(total, done) });
      return step;
    });
    // Of two rotations at once one may have walked past a row that the other one had; a pass without work is the end.
    if (pass.stopped || pass.done === 0) return { ...pass, done };
  }
}

/**
 * Gives a tenant a new data key, and seals its secrets again with it, some in each transaction. A tenant with two data keys
 * is in the middle: after a kill the next one goes on there. Undefined: it has no secrets.
 */
export async function rotateDataKey(tenant: TenantId, deps: RotationDeps): Promise<Rotated | undefined> {
  const { dataKeys, vault, clock, onProgress } = deps;
  const [id, at] = [deps.newId(), clock.now()];
  const begun = await dataKeys.beginRotation({
    newDataKey: vault.newDataKey({ id, tenant }),
    at,
    audit: auditOf({ tenant, subject: SUBJECT }, 'rotateDataKey', { at, nounId: id, fields: ['dataKeyId'] }),
  });
  if (begun === undefined) return undefined;
  let done = 0;
  return walk(deps, async (after) => {
    const step = await dataKeys.resealNext({
      ...{ tenant, after, limit: RESEALED_AT_ONCE },
      reseal({ place, sealed, from, to }) {
        const value = vault.open(sealed, place, from);
        return value.ok ? vault.seal(value.value, place, to) : value;
      },
    });
    done += step.done;
    onProgress({ done, total: undefined });
    return step;
  });
}

/** Takes steps until there is nothing more, or it shall stop. */
async function walk(
  { signal }: Pick<RotationDeps, 'signal'>,
  step: (after: string | undefined) => Promise<RotationStep>,
): Promise<Rotated> {
  let done = 0;
  const faults: string[] = [];
  let after: string | undefined;
  do {
    if (signal.aborted) return { done, faults, stopped: true };
    const taken = await step(after);
    done += taken.done;
    faults.push(...taken.faults);
    after = taken.last;
  } while (after !== undefined);
  return { done, faults, stopped: false };
}
