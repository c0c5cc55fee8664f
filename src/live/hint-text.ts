import { BlueprintId, ExecutionId, TenantId } from '../core/ids.ts';
import type { Committed } from '../execution/committed.ts';
import type { BlueprintHint } from './live-bus.ts';
import { longId, shortId } from './short-id.ts';

/** Postgres refuses a NOTIFY of 8,000 bytes or more. */
export const MAX_NOTIFY_BYTES = 7_999;
const EVERYBODY = '*';

export interface Hints {
  readonly sender: string;
  readonly executions: readonly Committed[];
  readonly blueprints: readonly BlueprintHint[];
}

/**
 * Hints as the text of one NOTIFY: `sender|tenant,e<id>.<sequence>,b<id>.<version>|tenant,...`, ids as base64url and
 * numbers in base 36, so that about 250 fit. What does not fit says `sender|*`: everybody look.
 */
export function toHintText({ sender, executions, blueprints }: Hints): string {
  const byTenant = new Map<TenantId, string[]>();
  const add = (tenant: TenantId, entry: string): void => {
    const entries = byTenant.get(tenant) ?? [];
    byTenant.set(tenant, entries);
    entries.push(entry);
  };
  for (const one of executions) add(one.tenant, `e${shortId(one.executionId)}.${one.lastSequence.toString(36)}`);
  for (const one of blueprints) add(one.tenant, `b${shortId(one.id)}.${one.version.toString(36)}`);
  const groups = [...byTenant].map(([tenant, entries]) => [shortId(tenant), ...entries].join(','));
  const text = [sender, ...groups].join('|');
  return Buffer.byteLength(text) <= MAX_NOTIFY_BYTES ? text : `${sender}|${EVERYBODY}`;
}

/** What a NOTIFY said, or `look` when it named nobody or came from a release that writes it otherwise. */
export function parseHintText(text: string): { readonly sender: string; readonly hints: Hints | 'look' } {
  const [sender = '', ...groups] = text.split('|');
  const executions: Committed[] = [];
  const blueprints: BlueprintHint[] = [];
  for (const group of groups) {
    const [tenantId = '', ...entries] = group.split(',');
    const tenant = TenantId.safeParse(longId(tenantId));
    if (!tenant.success) return { sender, hints: 'look' };
    for (const entry of entries) {
      const hint = parseEntry(entry);
      if (hint === undefined) return { sender, hints: 'look' };
      if (hint.kind === 'e') {
        executions.push({ executionId: ExecutionId.parse(hint.id), tenant: tenant.data, lastSequence: hint.number });
      } else {
        blueprints.push({ id: BlueprintId.parse(hint.id), tenant: tenant.data, version: hint.number });
      }
    }
  }
  return { sender, hints: { sender, executions, blueprints } };
}

function parseEntry(
  entry: string,
): { readonly kind: 'e' | 'b'; readonly id: string; readonly number: number } | undefined {
  const [, kind, short = '', digits = ''] = /^([eb])([\w-]{22})\.([0-9a-z]{1,11})$/.exec(entry) ?? [];
  if (kind !== 'e' && kind !== 'b') return undefined;
  const id = longId(short);
  return ExecutionId.safeParse(id).success ? { kind, id, number: parseInt(digits, 36) } : undefined;
}
