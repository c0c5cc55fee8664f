import { contextOf, KEY_BYTES, seal, unseal, type RandomSource, type Sealed } from './envelope.ts';
import type { TenantId } from './ids.ts';
import type { MasterKey, MasterKeys } from './master-key.ts';
import { err, ok, type Result } from './result.ts';

/** A tenant's data key as it is kept: sealed with a master key. */
export interface WrappedDataKey {
  readonly id: string;
  readonly tenant: TenantId;
  readonly masterKeyId: string;
  readonly wrapped: Sealed;
}

/** Where a secret stands: its value opens nowhere else. */
export interface SecretPlace {
  readonly tenant: TenantId;
  readonly name: string;
  readonly version: number;
}

/** Seals and opens secrets with data keys that the master keys open. Holds no data key longer than it takes. */
export interface SecretVault {
  readonly currentMasterKeyId: string;
  /** Whether what that master key wrapped can be opened here. */
  hasMasterKey(id: string): boolean;
  /** A new data key, wrapped with the current master key. */
  newDataKey(owner: Pick<WrappedDataKey, 'id' | 'tenant'>): WrappedDataKey;
  /** The same data key, wrapped with the current master key. */
  rewrap(dataKey: WrappedDataKey): Result<WrappedDataKey, string>;
  seal(value: string, place: SecretPlace, dataKey: WrappedDataKey): Result<Sealed, string>;
  open(sealed: Sealed, place: SecretPlace, dataKey: WrappedDataKey): Result<string, string>;
}

const secretContext = ({ tenant, name, version }: SecretPlace): Uint8Array =>
  contextOf('iceos secret 1', tenant, name, String(version));

const dataKeyContext = ({ id, tenant }: Pick<WrappedDataKey, 'id' | 'tenant'>, masterKeyId: string): Uint8Array =>
  contextOf('iceos data key 1', tenant, id, masterKeyId);

export function createSecretVault({ current, previous }: MasterKeys, random: RandomSource): SecretVault {
  const masters = new Map<string, MasterKey>([previous ?? current, current].map((master) => [master.id, master]));

  const wrap = (key: Uint8Array, { id, tenant }: Pick<WrappedDataKey, 'id' | 'tenant'>): WrappedDataKey => {
    const context = dataKeyContext({ id, tenant }, current.id);
    return { id, tenant, masterKeyId: current.id, wrapped: seal(key, { key: current.key, context }, random) };
  };
  function withDataKey<T>(dataKey: WrappedDataKey, use: (key: Uint8Array) => T): Result<T, string> {
    const { id, tenant, masterKeyId, wrapped } = dataKey;
    const master = masters.get(masterKeyId);
    if (master === undefined) return err(missing(masterKeyId));
    const opened = unseal(wrapped, { key: master.key, context: dataKeyContext({ id, tenant }, masterKeyId) });
    if (!opened.ok) return opened;
    try {
      return ok(use(opened.value));
    } finally {
      opened.value.fill(0);
    }
  }

  return {
    currentMasterKeyId: current.id,
    hasMasterKey: (id) => masters.has(id),
    newDataKey: (owner) => wrap(random(KEY_BYTES), owner),
    rewrap: (dataKey) => withDataKey(dataKey, (key) => wrap(key, dataKey)),
    seal: (value, place, dataKey) =>
      withDataKey(dataKey, (key) => seal(Buffer.from(value, 'utf8'), { key, context: secretContext(place) }, random)),
    open(sealed, place, dataKey) {
      const opened = withDataKey(dataKey, (key) => unseal(sealed, { key, context: secretContext(place) }));
      if (!opened.ok) return opened;
      return opened.value.ok ? ok(opened.value.value.toString('utf8')) : opened.value;
    },
  };
}

const missing = (masterKeyId: string): string =>
  `It was sealed with the master key ${masterKeyId}, which this process does not have. Give it by ICEOS_SECRET_KEY_FILE, or by ICEOS_SECRET_PREVIOUS_KEY_FILE.`;
