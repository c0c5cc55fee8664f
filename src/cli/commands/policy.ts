import { parse, stringify } from 'yaml';
import { canonicalPolicy, TenantPolicy } from '../../blueprint/tenant-policy.ts';
import { toIssues } from '../../blueprint/zod-issues.ts';
import type { CliDeps, Session } from '../cli-deps.ts';
import type { Client } from '../client.ts';
import { CommandFailure, EXIT, type ExitCode } from '../exit-code.ts';
import { ShowPolicyDocument, UpdatePolicyDocument, type ShownPolicyFragment } from '../generated/graphql.ts';
import { readTextFile } from '../read-input.ts';
import { openSession } from '../session.ts';
import { noAnswer } from './publish.ts';

/** `iceos policy show`: the policy as `iceos policy set` takes it. */
export async function showPolicy(options: { readonly json: boolean }, deps: CliDeps): Promise<ExitCode> {
  const { client } = await openSession(deps);
  const shown = await readPolicy(client);
  const { version, updatedAt, updatedBy } = shown;
  if (options.json) deps.terminal.out(`${JSON.stringify(shown)}\n`);
  else {
    const changed =
      typeof updatedAt !== 'string'
        ? 'nobody has changed it yet; it allows nothing'
        : `changed ${updatedAt} by ${updatedBy ?? '?'}`;
    deps.terminal.out(`# version ${version}: ${changed}\n${stringify(policyIn(shown))}`);
  }
  return EXIT.succeeded;
}

export interface SetPolicyOptions {
  /** The version that the file was made from; undefined: whatever is there now. */
  readonly expectedVersion: number | undefined;
  readonly json: boolean;
}

/** `iceos policy set FILE`: makes the file the policy. */
export async function setPolicy(file: string, options: SetPolicyOptions, deps: CliDeps): Promise<ExitCode> {
  const policy = parsePolicy(file, await readTextFile(file));
  const { client } = await openSession(deps);
  const expectedVersion = options.expectedVersion ?? (await readPolicy(client)).version;
  return tell(await writePolicy(client, { expectedVersion, policy }), options, deps);
}

/** One grant of the policy, as the command line names it. */
export type PolicyEntry = { readonly kind: 'host' | 'folder'; readonly name: string } | SecretEntry;

interface SecretEntry {
  readonly kind: 'secret';
  readonly name: string;
  readonly hosts: readonly string[];
  readonly header: string | undefined;
  readonly reveal: boolean;
}

/** `iceos policy allow`: adds to what is allowed. */
export async function allow(entry: PolicyEntry, options: { readonly json: boolean }, deps: CliDeps): Promise<ExitCode> {
  const { client } = await openSession(deps);
  return tell(await changePolicy(client, (policy) => withEntry(policy, entry)), options, deps);
}

/** `iceos policy forbid`: takes away what is allowed. */
export async function forbid(
  entry: Pick<PolicyEntry, 'kind' | 'name'>,
  options: { readonly json: boolean },
  deps: CliDeps,
): Promise<ExitCode> {
  const { client } = await openSession(deps);
  return tell(await changePolicy(client, (policy) => withoutEntry(policy, entry)), options, deps);
}

/** Reads the policy, changes it, and writes it for the version that was read. */
export async function changePolicy(
  client: Client,
  change: (policy: TenantPolicy) => TenantPolicy,
): Promise<PolicyWritten> {
  const shown = await readPolicy(client);
  return writePolicy(client, { expectedVersion: shown.version, policy: change(policyIn(shown)) });
}

/** The policy with one grant more; a secret that is there already gets the hosts in addition. */
export function withEntry(policy: TenantPolicy, entry: PolicyEntry): TenantPolicy {
  const { hosts, folders, secrets } = policy;
  const { name } = entry;
  if (entry.kind !== 'secret') {
    const part = entry.kind === 'host' ? { hosts: [...hosts, name] } : { folders: [...folders, name] };
    return checked({ ...policy, ...part });
  }
  const known = secrets.find((secret) => secret.name === name);
  const secret = {
    name,
    hosts: [...(known?.hosts ?? []), ...entry.hosts],
    header: entry.header ?? known?.header ?? 'authorization',
    reveal: entry.reveal || known?.reveal === true,
  };
  return checked({ ...policy, secrets: [...secrets.filter((other) => other !== known), secret] });
}

function withoutEntry(policy: TenantPolicy, { kind, name }: Pick<PolicyEntry, 'kind' | 'name'>): TenantPolicy {
  const { hosts, folders, secrets } = policy;
  const wanted = kind === 'host' ? canonicalPolicy({ hosts: [name], folders: [], secrets: [] }).hosts[0] : name;
  const lists = { host: hosts, folder: folders, secret: secrets.map((secret) => secret.name) };
  if (wanted === undefined || !lists[kind].includes(wanted)) {
    const known = lists[kind].length === 0 ? 'none' : lists[kind].join(', ');
    throw new CommandFailure(EXIT.badInput, `The policy allows no ${kind} "${name}"; it allows: ${known}.`);
  }
  return {
    hosts: kind === 'host' ? hosts.filter((host) => host !== wanted) : hosts,
    folders: kind === 'folder' ? folders.filter((folder) => folder !== wanted) : folders,
    secrets: kind === 'secret' ? secrets.filter((secret) => secret.name !== wanted) : secrets,
  };
}

function parsePolicy(file: string, text: string): TenantPolicy {
  let given: unknown;
  try {
    given = parse(text, { maxAliasCount: 0, logLevel: 'error' }) ?? {};
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(EXIT.badInput, `${file} is neither YAML nor JSON: ${reason}`);
  }
  return checked(given, `${file}: `);
}

function checked(given: unknown, place = ''): TenantPolicy {
  const parsed = TenantPolicy.safeParse(given);
  if (parsed.success) return parsed.data;
  const faults = toIssues(parsed.error, given).map(({ path, message }) => `${place}${path || 'it'}: ${message}`);
  throw new CommandFailure(EXIT.badInput, faults.join('\n'));
}

async function readPolicy(client: Client): Promise<ShownPolicyFragment> {
  const { policy } = await client.request(ShowPolicyDocument, {});
  if (!policy) throw noAnswer();
  return policy;
}

const policyIn = ({ hosts, folders, secrets }: ShownPolicyFragment): TenantPolicy => ({
  hosts: [...hosts],
  folders: [...folders],
  secrets: secrets.map(({ name, hosts: bound, header, reveal }) => ({ name, hosts: [...bound], header, reveal })),
});

interface PolicyWritten {
  readonly outcome: string;
  readonly policy: ShownPolicyFragment;
}

async function writePolicy(
  client: Client,
  { expectedVersion, policy }: { readonly expectedVersion: number; readonly policy: TenantPolicy },
): Promise<PolicyWritten> {
  const { updatePolicy: result } = await client.request(UpdatePolicyDocument, {
    input: { expectedVersion, ...policy },
  });
  if (!result) throw noAnswer();
  if (result.__typename === 'UpdatePolicySuccess') return result;
  const hint =
    result.__typename === 'PolicyVersionConflict'
      ? '\nSee what it is now with: iceos policy show. Then try again.'
      : '';
  throw new CommandFailure(EXIT.badInput, `${result.message}${hint}`);
}

function tell(
  { outcome, policy }: PolicyWritten,
  options: { readonly json: boolean },
  { terminal }: Pick<Session & CliDeps, 'terminal'>,
): ExitCode {
  if (options.json) terminal.out(`${JSON.stringify({ outcome, ...policy })}\n`);
  else if (outcome === 'UNCHANGED') terminal.out(`Nothing to change: the policy is at version ${policy.version}.\n`);
  else
    terminal.out(
      `The policy is at version ${policy.version} now. It holds for every attempt that starts from now on.\n`,
    );
  return EXIT.succeeded;
}
