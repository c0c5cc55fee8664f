import { buildSchema } from 'graphql';
import type { RecordedOperation } from '../../src/cli/schema-check/recorded-operations.ts';
import { weighSchema } from '../../src/cli/schema-check/weigh-schema.ts';
import { jsonChanges, parseObject, type JsonObject } from './json-changes.ts';

/** What the comparison of one contract found. */
export interface Compared {
  readonly faults: readonly string[];
  /** How many changes there are of each level, for those who read along. */
  readonly counts: Readonly<Record<'breaking' | 'dangerous' | 'safe', number>>;
}

/** What the changelog says under *Pending*. */
export function pendingSection(changelog: string): string {
  const start = changelog.search(/^## Pending\b/m);
  if (start < 0) return '';
  const rest = changelog.slice(start + 3);
  const end = rest.search(/^## /m);
  return end < 0 ? rest : rest.slice(0, end);
}

interface Breaking {
  readonly path: string;
  readonly message: string;
}

/** Breaking changes that the changelog does not name, each as a sentence. */
function unnamed(breaking: readonly Breaking[], whom: string, changelog: string): readonly string[] {
  const pending = pendingSection(changelog);
  return breaking
    .filter(({ path }) => path === '' || !pending.includes(`\`${path}\``))
    .map(({ path, message }) => `${message}. ${whom}: keep it, or name \`${path}\` under Pending in CHANGELOG.md.`);
}

/** The schema: changes that break clients, with the recorded operations that they break. */
export async function schemaCompared(
  before: string,
  after: string,
  changelog: string,
  operations: readonly RecordedOperation[] = [],
): Promise<Compared> {
  const { changes, broken } = await weighSchema(buildSchema(before), buildSchema(after), operations);
  const count = (wanted: string): number => changes.filter(({ level }) => level === wanted).length;
  const breaking = changes.filter(({ level }) => level === 'breaking');
  return {
    faults: [
      ...unnamed(breaking, 'Clients break', changelog),
      ...broken.flatMap(({ name, faults }) =>
        faults.map((fault) => `${name}, ${fault} This operation is recorded here: change it too.`),
      ),
    ],
    counts: { breaking: count('breaking'), dangerous: count('dangerous'), safe: count('safe') },
  };
}

/** A file of JSON that says what somebody relies on. */
interface JsonContract {
  readonly file: string;
  /** In front of each path; empty where the first name says enough. */
  readonly prefix: string;
  /** Whom a change breaks, and how. */
  readonly whom: string;
  readonly more?: (before: JsonObject, after: JsonObject) => readonly Breaking[];
}

/** A process claims only executions of formats that it knows: one that is new must be told apart. */
function formatFaults(before: JsonObject, after: JsonObject): readonly Breaking[] {
  const [{ format: was, ...eventsBefore }, { format: is, ...eventsAfter }] = [before, after];
  const path = 'events.format';
  if (Number(is) < Number(was)) return [{ path, message: `EVENT_FORMAT fell from ${String(was)} to ${String(is)}` }];
  if (is !== was || jsonChanges(eventsBefore, eventsAfter).length === 0) return [];
  return [{ path, message: `Events changed, but EVENT_FORMAT is still ${String(is)}: raise it` }];
}

export const JSON_CONTRACTS: readonly JsonContract[] = [
  { file: 'docs/generated/metrics.json', prefix: '', whom: 'Dashboards and alerts break' },
  { file: 'docs/generated/settings.json', prefix: '', whom: 'Deployments that rely on it break or behave otherwise' },
  {
    file: 'docs/generated/events.json',
    prefix: 'events',
    whom: 'Journals that older releases wrote, or processes of an older release beside this one, break',
    more: formatFaults,
  },
  {
    file: 'docs/generated/worker-protocol.json',
    prefix: 'worker',
    whom: 'A server and a worker of different releases do not understand each other',
  },
];

/** Any other contract: what is gone, asked for more, or other than before. */
export function jsonCompared(contract: JsonContract, before: string, after: string, changelog: string): Compared {
  const [a, b] = [parseObject(before), parseObject(after)];
  const changes = jsonChanges(a, b, contract.prefix)
    // Whether the format may rise is said by its own rule.
    .filter(({ path }) => path !== 'events.format');
  const breaking = changes
    .filter(({ isBreaking }) => isBreaking)
    .map(({ path, message }) => ({ path, message: `${path}: ${message}` }));
  return {
    faults: unnamed([...breaking, ...(contract.more?.(a, b) ?? [])], contract.whom, changelog),
    counts: { breaking: breaking.length, dangerous: 0, safe: changes.length - breaking.length },
  };
}

/** Recorded journals stay as they were written: they stand for those that users have. */
export const journalFaults = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] =>
  [...before]
    .filter(([file, text]) => after.get(file) !== text)
    .map(
      ([file]) => `${file} was recorded by an older release and must stay as it is; record a new journal beside it.`,
    );
