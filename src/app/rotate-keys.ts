import { v7 as uuidv7 } from 'uuid';
import type { KeyRotation, OnRotated } from '../cli/cli-deps.ts';
import type { Config } from '../config.ts';
import { systemClock } from '../core/clock.ts';
import { DEFAULT_TENANT, TenantId } from '../core/ids.ts';
import { createDataKeyStore } from '../store/data-key-store.ts';
import { rotateDataKey, rotateMasterKey, type RotationDeps } from '../use-cases/rotate-secret-keys.ts';
import type { InstallationPaths } from './installation.ts';
import { withDatabase } from './with-database.ts';
import { openSecretVault } from './open-secret-vault.ts';

interface RotateKeysDeps {
  readonly config: Config;
  readonly paths: InstallationPaths;
  readonly onProgress: OnRotated;
  readonly signal: AbortSignal;
}

/** Wraps all data keys with the current master key, without a server or beside some; undefined: there is no master key. */
export const rotateMaster = (deps: RotateKeysDeps): Promise<KeyRotation | undefined> =>
  withVault(deps, (rotation) => rotateMasterKey(rotation));

/** Gives one tenant a new data key; undefined when it has no secrets. Throws a `ZodError` for what is no tenant. */
export const rotateData = (tenant: string | undefined, deps: RotateKeysDeps): Promise<KeyRotation | undefined> =>
  withVault(deps, (rotation) =>
    rotateDataKey(tenant === undefined ? DEFAULT_TENANT : TenantId.parse(tenant), rotation),
  );

async function withVault(
  { config, paths, onProgress, signal }: RotateKeysDeps,
  rotate: (deps: RotationDeps) => Promise<KeyRotation | undefined>,
): Promise<KeyRotation | undefined> {
  return withDatabase(config, paths, async (database) => {
    const dataKeys = createDataKeyStore({ database });
    const vault = await openSecretVault(config, dataKeys);
    if (vault === undefined) return undefined;
    return await rotate({ dataKeys, vault, clock: systemClock, newId: () => uuidv7(), onProgress, signal });
  });
}
