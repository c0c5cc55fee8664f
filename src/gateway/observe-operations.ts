import {
  getOperationAST,
  OperationTypeNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { codeSeen } from './mask-error.ts';
import type { FailedAuthentication } from './require-session.ts';

/** How an operation ended. `unavailable`: the database or an issuer did not answer; `failed`: by a bug. */
export type OperationOutcome = 'succeeded' | 'refused' | 'unavailable' | 'failed';

/** Told of each operation that ran, over GraphQL or plain HTTP, and of a subscription when it begins. */
export interface OperationObserver {
  readonly onOperation: (operation: {
    /** `unread`: nobody got so far as to look at it. */
    readonly type: `${OperationTypeNode}` | 'unread';
    readonly outcome: OperationOutcome;
    /** Of a query or a mutation, in milliseconds. */
    readonly ms: number | undefined;
  }) => void;
  readonly onRateLimited: () => void;
  readonly onFailedAuthentication: (cause: FailedAuthentication) => void;
  /** Told of a socket or a stream for which there is no room. */
  readonly onRefusedStream: (transport: 'ws' | 'sse') => void;
}

/** Hears nothing. */
export const NO_OBSERVER: OperationObserver = {
  onOperation: () => undefined,
  onRateLimited: () => undefined,
  onFailedAuthentication: () => undefined,
  onRefusedStream: () => undefined,
};

/** Tells how operations end, whatever transport they come by. */
export const observeOperations = ({ onOperation }: OperationObserver): Plugin => ({
  onExecute({ args }) {
    // Yoga's type of it says nothing.
    const { document, operationName } = args as Pick<ExecutionArgs, 'document' | 'operationName'>;
    const startedAt = performance.now();
    return {
      onExecuteDone({ result }) {
        const type = getOperationAST(document, operationName)?.operation ?? OperationTypeNode.QUERY;
        onOperation({ type, outcome: operationOutcomeOf(result), ms: performance.now() - startedAt });
      },
    };
  },
  onSubscribe({ subscribeFn, setSubscribeFn }) {
    const tell = (outcome: OperationOutcome): void =>
      onOperation({ type: OperationTypeNode.SUBSCRIPTION, outcome, ms: undefined });
    // Its begin is what counts: what breaks a stream later has a metric of its own.
    setSubscribeFn(async (args): Promise<unknown> => {
      try {
        const result: unknown = await subscribeFn(args);
        tell(operationOutcomeOf(result));
        return result;
      } catch (error) {
        tell(outcomeSeen([error]));
        throw error;
      }
    });
  },
});

/** Tells of an operation for which it could not even be found out who asks, or whether they may; not of what was refused. */
export async function tellUnread<T>(work: Promise<T>, { onOperation }: OperationObserver): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const outcome = outcomeSeen([error]);
    if (outcome !== 'refused') onOperation({ type: 'unread', outcome, ms: undefined });
    throw error;
  }
}

/** How an operation ended, by its result. */
export const operationOutcomeOf = (result: unknown): OperationOutcome =>
  outcomeSeen(hasErrors(result) ? result.errors : []);

/** How an operation ended, by all that went wrong in it: what is worst counts. */
export function outcomeSeen(errors: readonly unknown[]): OperationOutcome {
  const codes = errors.map(codeSeen);
  if (codes.includes('INTERNAL')) return 'failed';
  if (codes.includes('UNAVAILABLE') || codes.includes('TIMEOUT')) return 'unavailable';
  return codes.length > 0 ? 'refused' : 'succeeded';
}

const hasErrors = (result: unknown): result is ExecutionResult & { readonly errors: readonly GraphQLError[] } =>
  typeof result === 'object' && result !== null && 'errors' in result && Array.isArray(result.errors);
