import { GraphQLError, Kind, type ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { ForbiddenError, type Viewer } from '../use-cases/viewer.ts';
import type { Gate } from './gate.ts';
import type { ProblemCode } from './problem.ts';

/** What was refused to a viewer: the code, and the names of the schema's fields. */
export type OnRefusal = (
  viewer: Viewer,
  refusal: { readonly code: ProblemCode; readonly fields: readonly string[] },
) => Promise<void>;

const RECORDED = ['FORBIDDEN', 'RATE_LIMITED'] as const;

/** Why something was refused to a viewer, where that is recorded. */
export function refusedBy(error: unknown): (typeof RECORDED)[number] | undefined {
  if (error instanceof ForbiddenError) return 'FORBIDDEN';
  return error instanceof GraphQLError ? codeOf(error) : undefined;
}

function codeOf({ originalError, extensions }: GraphQLError): (typeof RECORDED)[number] | undefined {
  if (originalError instanceof ForbiddenError) return 'FORBIDDEN';
  return RECORDED.find((code) => extensions['code'] === code);
}

/** Tells of what was refused while it was executed: of each operation once. */
export function reportRefusals(onRefusal: OnRefusal): Plugin {
  async function report(result: unknown, contextValue: unknown): Promise<void> {
    if (!isResult(result) || result.errors === undefined || !hasViewer(contextValue)) return;
    const refused = result.errors.filter((error) => codeOf(error) !== undefined);
    const code = refused[0] && codeOf(refused[0]);
    if (code === undefined) return;
    // The path has aliases, which are the client's own words.
    const names = refused.flatMap(({ nodes = [] }) =>
      nodes.flatMap((node) => (node.kind === Kind.FIELD ? [node.name.value] : [])),
    );
    await onRefusal(contextValue.viewer, { code, fields: [...new Set(names)] });
  }
  return {
    onExecute: ({ args: { contextValue } }) => ({
      onExecuteDone: ({ result }) => report(result, contextValue),
    }),
    onSubscribe({ args: { contextValue }, subscribeFn, setSubscribeFn }) {
      setSubscribeFn(async (args) => {
        const result: unknown = await subscribeFn(args);
        await report(result, contextValue);
        return result;
      });
    },
  };
}

/** The gate, which tells of operations that came too soon. */
export const reportingGate =
  (gate: Gate, onRefusal: OnRefusal): Gate =>
  async (params, viewer) => {
    const passed = await gate(params, viewer);
    const code = passed.ok ? undefined : codeOf(passed.error);
    if (viewer !== undefined && code !== undefined) await onRefusal(viewer, { code, fields: [] });
    return passed;
  };

const isResult = (result: unknown): result is ExecutionResult =>
  typeof result === 'object' && result !== null && 'errors' in result;

const hasViewer = (context: unknown): context is { readonly viewer: Viewer } =>
  typeof context === 'object' && context !== null && 'viewer' in context;
