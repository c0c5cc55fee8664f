import { checkSchema } from '../blueprint/check-schema.ts';
import { toIssues } from '../blueprint/zod-issues.ts';
import type { Issue } from '../core/issue.ts';
import { err, ok, type Result } from '../core/result.ts';
import { ToolManifest } from './tool.ts';

/** Reads the parsed content of a `tool.json`: the manifest, or all that is wrong with it, each fault with its place. */
export function parseToolManifest(json: unknown): Result<ToolManifest, readonly Issue[]> {
  const parsed = ToolManifest.safeParse(json);
  if (!parsed.success) return err(toIssues(parsed.error, json).map((issue) => ({ ...issue, rule: 'tool-manifest' })));
  const faults = (['input', 'output'] as const).flatMap((part) =>
    checkSchema(parsed.data[part]).map((issue) => ({ ...issue, path: `/${part}${issue.path}` })),
  );
  return faults.length > 0 ? err(faults) : ok(parsed.data);
}
