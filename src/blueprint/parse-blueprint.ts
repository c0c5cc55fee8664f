import type { Issue } from '../core/issue.ts';
import { err, ok, type Result } from '../core/result.ts';
import { Blueprint } from './blueprint.ts';
import { graphIssues, parseJson, sizeIssues } from './document-limits.ts';
import { NodeSpec } from './node.ts';
import { toIssues } from './zod-issues.ts';

/** The most issues that one answer lists: a person repairs them in rounds anyway. */
const MAX_ISSUES = 200;

/** Takes any value for a blueprint, or says everything that its shape has wrong, each with a JSON Pointer. */
export function parseBlueprint(value: unknown): Result<Blueprint, Issue[]> {
  const json = parseJson(value);
  if (!json.ok) return err(json.error.slice(0, MAX_ISSUES));
  const document = json.value;
  const tooLarge = sizeIssues(JSON.stringify(document));
  if (tooLarge.length > 0) return err([...tooLarge]);
  const tooMany = graphIssues(document);
  if (tooMany.length > 0) return err([...tooMany]);
  const parsed = Blueprint.safeParse(document);
  return parsed.success ? ok(parsed.data) : err(toIssues(parsed.error, document).slice(0, MAX_ISSUES));
}

/** Takes any value for one node, as `parseBlueprint` does for all; paths begin at the node. */
export function parseNode(value: unknown): Result<NodeSpec, Issue[]> {
  const json = parseJson(value);
  if (!json.ok) return err(json.error.slice(0, MAX_ISSUES));
  const parsed = NodeSpec.safeParse(value);
  return parsed.success ? ok(parsed.data) : err(toIssues(parsed.error, value).slice(0, MAX_ISSUES));
}
