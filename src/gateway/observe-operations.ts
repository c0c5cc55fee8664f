import {
  getOperationAST,
  OperationTypeNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Gate } from './gate.ts';
import { codeSeen } from './mask-error.ts';

/** How an operation ended. `unavailable`: the database or an issuer did not answer; `failed`: by a bug. */
export type OperationOutcome = 'succeeded' | 'refused' | 'unavailable' | 'failed';

/** Told of each operation that ran, and of a subscription when it begins. */
export interface OperationObserver {
  readonly onOperation: (operation: {
    readonly type: `${OperationTypeNode}`;
    readonly outcome: OperationOutcome;
    /** Of a query or a mutation, in milliseconds. */
    readonly ms: number | undefined;
  }) => void;
  readonly onRateLimited: () => void;
}

/** Tells how operations end, whatever transport they come by. */
export const observeOperations = ({ onOperation }: OperationObserver): Plugin => ({
  onExecute({ args }) {
    // Yoga's type of it says nothing.
    const { document, operationName } = args as Pick<ExecutionArgs, 'document' | 'operationName'>;
    const startedAt = performance.now();
    return {
      onExecuteDone({ result }) {
        const type = getOperationAST(document, operationName)?.operation ?? OperationTypeNode.QUERY;
        onOperation({ type, outcome: outcomeOf(result), ms: performance.now() - startedAt });
      },
    };
  },
  onSubscribe: () => ({
    onSubscribeResult({ result }) {
      onOperation({ type: OperationTypeNode.SUBSCRIPTION, outcome: outcomeOf(result), ms: undefined });
    },
    onSubscribeError() {
      onOperation({ type: OperationTypeNode.SUBSCRIPTION, outcome: 'failed', ms: undefined });
    },
  }),
});

/** The gate, which tells of operations that came too soon. */
export const observingGate =
  (gate: Gate, { onRateLimited }: OperationObserver): Gate =>
  async (params, viewer) => {
    const passed = await gate(params, viewer);
    if (!passed.ok && passed.error.extensions['code'] === 'RATE_LIMITED') onRateLimited();
    return passed;
  };

function outcomeOf(result: unknown): OperationOutcome {
  const codes = hasErrors(result) ? result.errors.map(codeSeen) : [];
  // What is worst counts.
  if (codes.includes('INTERNAL')) return 'failed';
  if (codes.includes('UNAVAILABLE') || codes.includes('TIMEOUT')) return 'unavailable';
  return codes.length > 0 ? 'refused' : 'succeeded';
}

const hasErrors = (result: unknown): result is ExecutionResult & { readonly errors: readonly GraphQLError[] } =>
  typeof result === 'object' && result !== null && 'errors' in result && Array.isArray(result.errors);
