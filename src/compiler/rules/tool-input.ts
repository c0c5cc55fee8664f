import { validateAgainstSchema } from '../../blueprint/validate-against-schema.ts';
import { escapeToken } from '../../core/json-pointer.ts';
import { isJsonObject, type Json } from '../../core/json.ts';
import { typeFromSchema } from '../../expression/type-from-schema.ts';
import { mismatchesOf } from '../../expression/types.ts';
import type { ToolDefinition } from '../../registry/tool.ts';
import type { NodeOutline } from '../outline.ts';
import { nearestPlace, type Finding, type Rule, type RuleContext } from '../rule.ts';

/** What a tool is given fits its JSON Schema: constant parts by their values, expressions by their types. */
export const toolInput: Rule = {
  name: 'tool-input',
  severity: 'fault',
  check: (context) =>
    context.outline.nodes.flatMap((node) => {
      const tool = node.spec.kind === 'tool' ? context.registry.getTool(node.spec.tool) : undefined;
      return tool?.ok === true ? findingsOf(context, node, tool.value) : [];
    }),
};

function findingsOf({ types }: RuleContext, node: NodeOutline, tool: ToolDefinition): readonly Finding[] {
  const { main } = node;
  if (main?.parsed.ok !== true) return [];
  const constant = main.parsed.value.constant ? main.parsed.value.evaluate({}) : undefined;
  const faults =
    constant?.ok === true
      ? validateAgainstSchema(tool.input, constant.value)
      : partlyKnownFaults(tool, main.value, mismatchesOf(types.at(main).type, typeFromSchema(tool.input)));
  return faults.map(({ path, message }) => ({
    path: nearestPlace(main.pointer + path),
    message: `The input of "${node.name}" does not fit the tool "${tool.name}": ${message}`,
  }));
}

/** The types tell what is missing, unknown, or of the wrong type; the values of what is constant tell the rest. */
function partlyKnownFaults(
  tool: ToolDefinition,
  input: Json,
  mismatches: readonly { readonly pointer: string; readonly message: string }[],
): readonly Finding[] {
  const byType = mismatches.map(({ pointer, message }) => ({ path: pointer, message }));
  const open = openPlaces(input);
  const isCertain = (path: string): boolean =>
    !open.some((place) => place === path || place.startsWith(`${path}/`) || path.startsWith(`${place}/`));
  const byValue = validateAgainstSchema(tool.input, input).filter(
    ({ path }) => isCertain(path) && !byType.some((known) => known.path === path),
  );
  return [...byType, ...byValue];
}

/** JSON Pointers to the strings whose value depends on an expression. */
function openPlaces(value: Json, pointer = ''): readonly string[] {
  if (typeof value === 'string') return value.includes('${') ? [pointer] : [];
  if (typeof value !== 'object' || value === null) return [];
  if (!isJsonObject(value)) return value.flatMap((each, at) => openPlaces(each, `${pointer}/${at}`));
  return Object.entries(value).flatMap(([name, each]) => openPlaces(each, `${pointer}/${escapeToken(name)}`));
}
