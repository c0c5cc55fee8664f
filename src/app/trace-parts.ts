import type { NodeKind } from '../blueprint/node.ts';
import type { Config } from '../config.ts';
import { shareOf } from '../config/observability-settings.ts';
import type { LlmProvider } from '../llm/provider.ts';
import type { EffectExecutor, Executors } from '../orchestrator/executor.ts';
import type { Run, RunStart } from '../orchestrator/run.ts';
import type { Sandbox, SandboxReport } from '../sandbox/sandbox.ts';
import type { Logger } from '../telemetry/logger.ts';
import { inSpan, openTracing, type Tracing } from '../telemetry/tracing.ts';

/** Undefined: nobody collects, and nothing of OpenTelemetry is loaded. */
export async function openTraces(config: Config, logger: Logger): Promise<Tracing | undefined> {
  const { otlpEndpoint: endpoint, serviceName, traceSampler, traceShare } = config;
  if (endpoint === undefined) return undefined;
  return openTracing({
    ...{ endpoint, serviceName, share: shareOf(traceSampler, traceShare) },
    onFault: (said) => logger.warn('traces could not be handed over', { said }),
  });
}

/** For as long as this process carries an execution; its trace is that of the request, in whichever process that was. */
export function traceRun({ of, state }: RunStart, tracing: Tracing, carry: () => Run): Run {
  const attributes = { 'iceos.execution_id': of.executionId };
  const span = tracing.open('execution', { parent: state.traceparent, attributes });
  const run = span.run(carry);
  run.ended.then(
    (end) => span.end(end),
    () => span.end('failed'),
  );
  return run;
}

/** Each attempt at a node with effects. */
export function traceExecutors(executors: Executors, tracing: Tracing): Executors {
  const traced = <K extends NodeKind>(kind: K, { run }: EffectExecutor<K>): EffectExecutor<K> => ({
    effect: true,
    run(node, attempt, signal) {
      const { executionId, path, attempt: number } = attempt;
      const attributes = {
        ...{ 'iceos.execution_id': executionId, 'iceos.node_kind': kind },
        ...{ 'iceos.path': path, 'iceos.attempt': number },
      };
      return inSpan(
        tracing.open('attempt', { attributes }),
        () => run(node, attempt, signal),
        ({ type }) => type,
      );
    },
  });
  return {
    ...executors,
    tool: traced('tool', executors.tool),
    code: traced('code', executors.code),
    llm: traced('llm', executors.llm),
    agent: traced('agent', executors.agent),
    swarm: traced('swarm', executors.swarm),
  };
}

/** Each call of a model: the registered provider and the model's name there, and nothing that was said. */
export const traceProvider = (provider: LlmProvider, tracing: Tracing | undefined): LlmProvider => ({
  ...provider,
  call: (request, options) =>
    inSpan(
      tracing?.open('model call', {
        kind: 'client',
        attributes: { 'gen_ai.provider.name': provider.name, 'gen_ai.request.model': request.model },
      }),
      () => provider.call(request, options),
      ({ ok }) => (ok ? 'succeeded' : 'failed'),
    ),
});

/** Each call of the sandbox, which is told its own span: what it calls goes on from there. */
export const traceSandbox = (run: Sandbox['run'], tracing: Tracing): Sandbox['run'] => {
  const outcomeOf = ({ outcome: { kind } }: SandboxReport): string => (kind === 'succeeded' ? kind : 'failed');
  return (call, signal) => {
    const { program } = call;
    const attributes = { 'iceos.program': program.type === 'tool' ? program.name : program.type };
    const traced = (): Promise<SandboxReport> => run({ ...call, traceparent: tracing.traceparent }, signal);
    return inSpan(tracing.open('sandbox call', { attributes }), traced, outcomeOf);
  };
};
