import type { ExecutionResult, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { refusal } from './problem.ts';

/** Answers a query or mutation that takes too long with an error; a subscription may last. */
export const operationTimeout = (timeoutMs: number): Plugin => ({
  onExecute({ executeFn, setExecuteFn }) {
    setExecuteFn(async (args): Promise<unknown> => {
      let timer: NodeJS.Timeout | undefined;
      const tooLate = new Promise<ExecutionResult>((resolve) => {
        timer = setTimeout(() => resolve({ errors: [timedOut(timeoutMs)] }), timeoutMs);
      });
      try {
        return await Promise.race([executeFn(args), tooLate]);
      } finally {
        clearTimeout(timer);
      }
    });
  },
});

/** Says which limit it was. */
export const timedOut = (timeoutMs: number): GraphQLError =>
  refusal(
    'TIMEOUT',
    `The operation took longer than ${timeoutMs} ms (ICEOS_OPERATION_TIMEOUT_MS). What a mutation has begun may still come to its end.`,
  );
