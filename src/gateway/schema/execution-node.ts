import { builder } from '../builder.ts';
import { ExecutionNodeStatus } from './execution-enums.ts';
import { ExecutionNode, nodeLocalId, parseNodeLocalId } from './execution-refs.ts';
import { Failure, Progress, UsageType } from './execution-values.ts';
import { SandboxReceipt } from './sandbox-receipt.ts';

builder.node(ExecutionNode, {
  description:
    'A node in an execution. Its ID is stable, so a cache that normalises needs no reducer. What runs in a loop is ' +
    'counted, not listed.',
  id: { resolve: nodeLocalId },
  loadMany: (ids, { viewer, executions }) =>
    Promise.all(
      ids.map(async (id) => {
        const at = parseNodeLocalId(id);
        return at === undefined ? null : ((await executions.getExecutionNode(viewer, at)) ?? null);
      }),
    ),
  fields: (t) => ({
    path: t.exposeString('path', { description: 'Its place: `greet`, or `both.a.x` in a branch.' }),
    kind: t.exposeString('kind', { description: 'What carries it out: one of `nodeKinds`.' }),
    status: t.expose('status', { type: ExecutionNodeStatus, description: 'How it stands.' }),
    attempt: t.exposeInt('attempt', { description: 'Attempts begun so far.' }),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When its first attempt began. Null: none has.',
    }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ended. Null: it has not.',
    }),
    retryAt: t.expose('retryAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the next attempt begins. Null: none is planned.',
    }),
    progress: t.expose('progress', {
      type: Progress,
      nullable: true,
      description: 'Of a loop or parallel node: iterations or branches. Else null.',
    }),
    failure: t.expose('failure', {
      type: Failure,
      nullable: true,
      description: 'Of the last attempt that failed. Null: none did.',
    }),
    text: t.string({
      nullable: true,
      description:
        'What the model of its running attempt has said so far: the last 262,144 UTF-16 units. Null: nothing, or none runs.',
      resolve: ({ texts }) => texts?.text.text ?? null,
    }),
    textOffset: t.field({
      type: 'SafeInt',
      description: 'Where `text` begins, in UTF-16 units: above 0 its start is missing.',
      resolve: ({ texts }) => texts?.text.offset ?? 0,
    }),
    log: t.string({
      nullable: true,
      description:
        'What its running attempt has printed so far: the last 262,144 UTF-16 units. Null: nothing, or none runs.',
      resolve: ({ texts }) => texts?.log.text ?? null,
    }),
    logOffset: t.field({
      type: 'SafeInt',
      description: 'Where `log` begins, in UTF-16 units: above 0 its start is missing.',
      resolve: ({ texts }) => texts?.log.offset ?? 0,
    }),
    textMissing: t.boolean({
      description:
        'True when the start of `text` or `log` is out of reach here, or may be: it was too long, or said by another ' +
        'process before this one listened. The event of the outcome has what a model said, whole.',
      resolve: ({ texts }) => texts?.isMissing ?? false,
    }),
    usage: t.expose('usage', { type: UsageType, description: 'Of all its attempts so far.' }),
    receipt: t.expose('receipt', {
      type: SandboxReceipt,
      nullable: true,
      description:
        'Of its last attempt in the sandbox, once that has ended. Null: it runs or has not begun, or its kind runs in the ' +
        'process. Those of earlier attempts and of iterations of loops stand in the events.',
    }),
  }),
});
