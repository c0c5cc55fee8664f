import { createHash } from 'node:crypto';
import type { TenantId } from '../core/ids.ts';
import type { Issue } from '../core/issue.ts';
import type { Json } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';
import { MIB } from '../core/units.ts';
import type { ValueRef } from '../execution/events.ts';
import type { ArtifactStore } from '../store/artifact-store.ts';
import { INLINE_VALUE_BYTES } from '../usage/limits.ts';

const MAX_INPUT_BYTES = 16 * MIB;

export interface KeepInputDeps {
  readonly artifacts: Pick<ArtifactStore, 'put'>;
}

/** Gives an input its place: in the event, or as an artifact that is committed when this resolves. */
export async function keepInput(
  { artifacts }: KeepInputDeps,
  tenant: TenantId,
  value: Json,
): Promise<Result<ValueRef, Issue>> {
  const text = JSON.stringify(value);
  // Each UTF-16 unit is at most three bytes: small inputs need no second look.
  if (text.length * 3 <= INLINE_VALUE_BYTES) return ok({ inline: value });
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= INLINE_VALUE_BYTES) return ok({ inline: value });
  if (bytes.length > MAX_INPUT_BYTES) {
    const message = `The input is ${bytes.length} bytes of JSON; at most ${MAX_INPUT_BYTES} are taken.`;
    return err({ rule: 'input-size', path: '/input', message });
  }
  const artifact = createHash('sha256').update(bytes).digest('hex');
  await artifacts.put(tenant, artifact, bytes);
  return ok({ artifact, bytes: bytes.length });
}
