import { v7 as uuidv7 } from 'uuid';
import { systemClock } from '../../src/core/clock.ts';
import type { TenantId } from '../../src/core/ids.ts';
import type { Stores } from '../../src/store/stores.ts';
import { createCreateApiKey } from '../../src/use-cases/create-api-key.ts';
import { SCOPES } from '../../src/use-cases/viewer.ts';

/** The text of a key that may do everything in a tenant. */
export async function makeKey(stores: Pick<Stores, 'credentials'>, tenant: TenantId, name: string): Promise<string> {
  const createApiKey = createCreateApiKey({ ...stores, clock: systemClock, newId: () => uuidv7(), maxKeys: 100 });
  const minter = { tenant, subject: name, scopes: new Set(SCOPES) };
  const made = await createApiKey(minter, { name, scopes: SCOPES, expiresAt: undefined });
  if (!made.ok) throw new Error(made.error.message);
  return made.value.key;
}
