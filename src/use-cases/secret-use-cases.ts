import { GrantName } from '../blueprint/grants.ts';
import type { Clock } from '../core/clock.ts';
import type { InvalidInputError, NotFoundError } from '../core/errors.ts';
import type { Issue } from '../core/issue.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { SecretVault } from '../core/secret-vault.ts';
import type { SecretRecord, SecretStore } from '../store/secret-store.ts';
import { auditOf } from './audit.ts';
import type { Page, PageArguments } from './page.ts';
import { requireScope, type Viewer } from './viewer.ts';

export type { SecretRecord } from '../store/secret-store.ts';

/** Somebody else has changed the secret first. */
export interface SecretVersionConflict {
  readonly kind: 'SecretVersionConflict';
  readonly message: string;
  readonly expectedVersion: number;
  /** 0: there is none of that name. */
  readonly actualVersion: number;
  readonly current: SecretRecord | undefined;
}

export interface DeleteSecretInput {
  readonly name: string;
  readonly expectedVersion: number;
}

export interface SetSecretInput extends DeleteSecretInput {
  readonly value: string;
}

export type SetSecretError = SecretVersionConflict | InvalidInputError;
export type DeleteSecretError = SecretVersionConflict | NotFoundError;

/** What a client may ask for about the secrets of its tenant; all of it needs the scope `secrets`. Values only go in. */
export interface SecretUseCases {
  /** By name. */
  listSecrets(viewer: Viewer, page: PageArguments<string>): Promise<Page<SecretRecord>>;
  getSecrets(viewer: Viewer, names: readonly string[]): Promise<readonly (SecretRecord | undefined)[]>;
  /** Makes the secret (`expectedVersion` 0) or replaces its value, under its version lock. */
  setSecret(viewer: Viewer, input: SetSecretInput): Promise<Result<SecretRecord, SetSecretError>>;
  /** Answers with what it was. */
  deleteSecret(viewer: Viewer, input: DeleteSecretInput): Promise<Result<SecretRecord, DeleteSecretError>>;
}

export interface SecretUseCasesDeps {
  readonly secrets: SecretStore;
  /** Undefined: there is no master key. */
  readonly vault: SecretVault | undefined;
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: () => string;
  readonly maxSecrets: number;
  readonly minSecretBytes: number;
  readonly maxSecretBytes: number;
}

export function createSecretUseCases(deps: SecretUseCasesDeps): SecretUseCases {
  const { secrets, clock } = deps;
  return {
    async listSecrets(viewer, page) {
      requireScope(viewer, 'secrets');
      return secrets.list(viewer.tenant, page);
    },
    async getSecrets(viewer, names) {
      requireScope(viewer, 'secrets');
      // What is no name is no secret, and the database would not even take some of it.
      const records = await secrets.getMany(viewer.tenant, names.filter(isName));
      const byName = new Map(records.flatMap((record) => (record ? [[record.name, record] as const] : [])));
      return names.map((name) => byName.get(name));
    },
    setSecret: (viewer, input) => setSecret(deps, viewer, input),
    async deleteSecret(viewer, { name, expectedVersion }) {
      requireScope(viewer, 'secrets');
      if (!isName(name)) return err(noSecret(name));
      const audit = auditOf(viewer, 'deleteSecret', { at: clock.now(), nounId: name, fields: [] });
      const answer = await secrets.remove({ tenant: viewer.tenant, name, expectedVersion, audit });
      if (answer.type === 'done') return ok(answer.record);
      return err(answer.current === undefined ? noSecret(name) : conflict(name, expectedVersion, answer.current));
    },
  };
}

const isName = (name: string): boolean => GrantName.safeParse(name).success;

async function setSecret(
  deps: SecretUseCasesDeps,
  viewer: Viewer,
  input: SetSecretInput,
): Promise<Result<SecretRecord, SetSecretError>> {
  requireScope(viewer, 'secrets');
  const { vault, maxSecrets } = deps;
  const issues = issuesOf(deps, input);
  if (issues.length > 0) return err(invalid(issues));
  if (vault === undefined) return err(invalid([NO_KEY]));
  const { name, value, expectedVersion } = input;
  const { tenant, subject: by } = viewer;
  const at = deps.clock.now();
  const answer = await deps.secrets.set({
    ...{ tenant, name, expectedVersion, maxSecrets, at, by },
    audit: auditOf(viewer, 'setSecret', { at, nounId: name, fields: ['value'] }),
    newDataKey: () => vault.newDataKey({ id: deps.newId(), tenant }),
    seal: (place, dataKey) => vault.seal(value, place, dataKey),
  });
  // Of the data key alone, and so of the operator's keys: nothing of the value is in it.
  if (!answer.ok) return err(invalid([{ rule: 'secret-key', path: '', message: `The data key: ${answer.error}` }]));
  if (answer.value.type === 'full') return err(invalid([full(maxSecrets)]));
  if (answer.value.type === 'stale') return err(conflict(name, expectedVersion, answer.value.current));
  return ok(answer.value.record);
}

/** Names and sizes alone: no sentence holds a value. */
function issuesOf(
  { minSecretBytes, maxSecretBytes }: SecretUseCasesDeps,
  { name, value, expectedVersion }: SetSecretInput,
): readonly Issue[] {
  const issues: Issue[] = [];
  const add = (rule: string, path: string, message: string) => issues.push({ rule, path, message });
  if (!isName(name)) {
    const message = 'A name starts with a small letter and goes on with small letters, digits, _ and -; at most 64.';
    add('secret-name', '/name', message);
  }
  const bytes = Buffer.byteLength(value);
  if (bytes < minSecretBytes) {
    const why = 'a shorter one could not be told from other text when answers are searched for it';
    add('secret-size', '/value', `The value has ${bytes} bytes, and needs at least ${minSecretBytes}: ${why}.`);
  }
  if (bytes > maxSecretBytes) {
    const most = `and may have ${maxSecretBytes} (ICEOS_MAX_SECRET_BYTES)`;
    add('secret-size', '/value', `The value has ${bytes} bytes, ${most}.`);
  }
  if (Buffer.from(value, 'utf8').toString('utf8') !== value) {
    add('secret-text', '/value', 'The value is no text in UTF-8. Set bytes in base64.');
  }
  if (!Number.isSafeInteger(expectedVersion) || expectedVersion < 0) {
    add('known-version', '/expectedVersion', 'A version is a whole number: 0 for a secret that is not there yet.');
  }
  return issues;
}

const NO_KEY: Issue = {
  rule: 'secret-key',
  path: '',
  message:
    'This server has no master key, and keeps no secret without. The operator makes one and sets ICEOS_SECRET_KEY_FILE; see docs/secrets.md.',
};

const full = (maxSecrets: number): Issue => ({
  rule: 'max-secrets',
  path: '',
  message: `Your tenant has ${maxSecrets} secrets, the most that it may have (ICEOS_MAX_SECRETS). Delete one first.`,
});

const invalid = (issues: readonly Issue[]): InvalidInputError => ({
  kind: 'InvalidInputError',
  message: `No secret was set: ${issues.map(({ message }) => message).join(' ')}`,
  issues,
});

const conflict = (name: string, expectedVersion: number, current: SecretRecord | undefined): SecretVersionConflict => ({
  kind: 'SecretVersionConflict',
  message:
    current === undefined
      ? `There is no secret "${name}", and your change is for version ${expectedVersion}. Send it again for version 0 to make it.`
      : `The secret "${name}" is at version ${current.version}, and your change is for version ${expectedVersion}. Look at who has changed it, and send it again for the present version.`,
  expectedVersion,
  actualVersion: current?.version ?? 0,
  current,
});

const noSecret = (name: string): NotFoundError => ({
  kind: 'NotFoundError',
  message: `There is no secret "${name}" that you may see.`,
  id: name,
});
