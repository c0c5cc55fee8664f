import { getOperationAST, OperationTypeNode, type ExecutionArgs } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { inSpan, type Tracing } from '../telemetry/tracing.ts';
import { operationOutcomeOf } from './observe-operations.ts';

/** What a transport leaves in the context: HTTP its request, both the parameters of the operation. */
interface Asked {
  readonly request?: Request;
  readonly params?: { readonly extensions?: Readonly<Record<string, unknown>> | undefined };
}

/** The trace of the client: the header of W3C, or `extensions.traceparent` where an operation has no headers, as on a socket. */
function parentOf(contextValue: unknown): string | undefined {
  if (typeof contextValue !== 'object' || contextValue === null) return undefined;
  const { request, params }: Asked = contextValue;
  const said = request?.headers.get('traceparent') ?? params?.extensions?.['traceparent'];
  return typeof said === 'string' ? said : undefined;
}

/** A span for each operation of whoever was let in, of a subscription for its begin; nothing of what was asked stands in it. */
export const traceOperations = (tracing: Tracing): Plugin => {
  const traced = (type: OperationTypeNode, contextValue: unknown, work: () => unknown): Promise<unknown> => {
    const settings = { parent: parentOf(contextValue), attributes: { 'graphql.operation.type': type } };
    const span = tracing.open(`graphql ${type}`, { kind: 'server', ...settings });
    return inSpan(span, async () => work(), operationOutcomeOf);
  };
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      // Yoga's type of it says nothing.
      const { document, operationName, contextValue } = args as ExecutionArgs;
      const type = getOperationAST(document, operationName)?.operation ?? OperationTypeNode.QUERY;
      setExecuteFn((executed) => traced(type, contextValue, () => executeFn(executed)));
    },
    onSubscribe({ args, subscribeFn, setSubscribeFn }) {
      const { contextValue } = args as Pick<ExecutionArgs, 'contextValue'>; // as above
      setSubscribeFn((subscribed) =>
        traced(OperationTypeNode.SUBSCRIPTION, contextValue, () => subscribeFn(subscribed)),
      );
    },
  };
};
