import type { Issue } from '../core/issue.ts';
import { err, ok, type Result } from '../core/result.ts';
import { ToolManifest } from './tool.ts';

/** Reads the parsed content of a `tool.json`: the manifest, or all that is wrong with it, each fault with its place. */
export function parseToolManifest(json: unknown): Result<ToolManifest, readonly Issue[]> {
  const parsed = ToolManifest.safeParse(json);
  if (parsed.success) return ok(parsed.data);
  return err(
    parsed.error.issues.map(({ path, message }) => ({ rule: 'tool-manifest', path: toPointer(path), message })),
  );
}

/** JSON Pointer (RFC 6901). */
const toPointer = (path: readonly PropertyKey[]): string =>
  path.map((member) => `/${String(member).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
