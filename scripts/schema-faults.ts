import { CriticalityLevel, diff, type Change } from '@graphql-inspector/core';
import { buildSchema } from 'graphql';

/** What the changelog says under *Pending*. */
export function pendingSection(changelog: string): string {
  const start = changelog.search(/^## Pending\b/m);
  if (start < 0) return '';
  const rest = changelog.slice(start + 3);
  const end = rest.search(/^## /m);
  return end < 0 ? rest : rest.slice(0, end);
}

const isNamed = (change: Change, pending: string): boolean =>
  change.path !== undefined && pending.includes(`\`${change.path}\``);

/** Changes that break clients and that the changelog does not name by their place, such as `Query.blueprint`. */
export async function schemaFaults(before: string, after: string, changelog: string): Promise<readonly string[]> {
  const changes = await diff(buildSchema(before), buildSchema(after));
  const pending = pendingSection(changelog);
  return changes
    .filter((change) => change.criticality.level === CriticalityLevel.Breaking && !isNamed(change, pending))
    .map(
      (change) =>
        `${change.message}. Clients break: keep it, or name \`${change.path ?? ''}\` under Pending in CHANGELOG.md.`,
    );
}
