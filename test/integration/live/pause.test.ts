import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExecutionId } from '../../../src/core/ids.ts';
import { blueprintGlobalId, executionGlobalId, openLiveScene, type LiveScene } from '../../support/live-scene.ts';
import { code } from '../../support/scripted-code.ts';

const NOBODY = '01890000-0000-7000-8000-0000000000ff';
const FIELDS = `__typename ... on NotFoundError { id } ... on AlreadyFinishedError { execution { status } }`;
const START = `mutation ($input: StartExecutionInput!) { startExecution(input: $input) {
  __typename ... on StartExecutionSuccess { execution { id } } ... on InvalidInputError { issues { path } } } }`;
const PAUSE = `mutation ($input: PauseExecutionInput!) { pauseExecution(input: $input) {
  ${FIELDS} ... on PauseExecutionSuccess { execution { id status } } } }`;
const RESUME = `mutation ($input: ResumeExecutionInput!) { resumeExecution(input: $input) {
  ${FIELDS} ... on ResumeExecutionSuccess { execution { id status } }
  ... on InvalidInputError { issues { path } } ... on BudgetExceededError { message limitUsdMicros estimateUsdMicros } } }`;
const EVENTS = `query ($id: ID!) { node(id: $id) { ... on Execution { events(first: 50) { edges { node { type
  ... on ExecutionRequested { maxCostUsdMicros softCostUsdMicros }
  ... on PauseRequested { requestedBy reason } ... on ExecutionPaused { cause }
  ... on ResumeRequested { requestedBy maxCostUsdMicros softCostUsdMicros } } } } } } }`;
const LIST = `query { executions(first: 5, filter: { statuses: [PAUSED] }) { edges { node { id status } } } }`;

describe('clients that pause and resume', () => {
  let scene: LiveScene;
  beforeAll(async () => {
    scene = await openLiveScene();
  });
  afterAll(() => scene.close());

  it('see it in the status, in lists and in events, and set a budget', async () => {
    const nodes = { wait: code({ input: { hold: true } }), then: code({ after: ['wait'] }) };
    const blueprintId = blueprintGlobalId(await scene.app.publish({ name: 'held', nodes }));
    const limits = { maxCostUsdMicros: '900', softCostUsdMicros: '800' };
    const wrong = { blueprintId, budget: { softCostUsdMicros: '-1', maxCostUsdMicros: '9007199254740992' } };
    expect(await scene.field(START, { input: wrong })).toEqual({
      __typename: 'InvalidInputError',
      issues: [{ path: '/budget/maxCostUsdMicros' }, { path: '/budget/softCostUsdMicros' }],
    });
    const idempotencyKey = 'once';
    const input = { blueprintId, budget: limits, idempotencyKey };
    const started = await scene.field(START, { input });
    expect(await scene.field(START, { input })).toEqual(started);
    const { execution } = Object(started);
    const { id } = Object(execution);
    expect(await scene.field(PAUSE, { input: { id, reason: 'Lunch.' } })).toEqual({
      __typename: 'PauseExecutionSuccess',
      execution: { id, status: 'PAUSED' },
    });
    const local = ExecutionId.parse(Buffer.from(id, 'base64url').toString('utf8').split(':')[1]);
    await scene.app.follow(local, ({ type }) => type === 'executionPaused');
    expect(await scene.field(LIST)).toEqual({ edges: [{ node: { id, status: 'PAUSED' } }] });
    expect(await scene.field(RESUME, { input: { id, budget: { softCostUsdMicros: '0' } } })).toEqual({
      __typename: 'BudgetExceededError',
      message: expect.stringContaining('Resume it with a larger softCostUsdMicros'),
      limitUsdMicros: '0',
      estimateUsdMicros: '0',
    });
    expect(await scene.field(RESUME, { input: { id, budget: { softCostUsdMicros: '-5' } } })).toEqual({
      __typename: 'InvalidInputError',
      issues: [{ path: '/budget/softCostUsdMicros' }],
    });
    scene.gate.open();
    expect(await scene.field(RESUME, { input: { id, budget: { softCostUsdMicros: '850' } } })).toMatchObject({
      __typename: 'ResumeExecutionSuccess',
    });
    expect((await scene.app.finish(local)).end).toBe('executionSucceeded');
    const { events } = Object(await scene.field(EVENTS, { id }));
    expect(events.edges.map((edge: object) => Object(edge).node)).toEqual(
      expect.arrayContaining([
        { type: 'EXECUTION_REQUESTED', ...limits },
        { type: 'PAUSE_REQUESTED', requestedBy: expect.any(String), reason: 'Lunch.' },
        { type: 'EXECUTION_PAUSED', cause: 'REQUESTED' },
        { type: 'RESUME_REQUESTED', requestedBy: expect.any(String), maxCostUsdMicros: null, softCostUsdMicros: '850' },
        { type: 'EXECUTION_RESUMED' },
      ]),
    );
  });

  it('get a clear answer for what is not theirs, has ended, or is too long', async () => {
    for (const id of [executionGlobalId(NOBODY), 'nonsense']) {
      const notFound = { __typename: 'NotFoundError', id };
      expect(await scene.field(PAUSE, { input: { id } })).toEqual(notFound);
      expect(await scene.field(RESUME, { input: { id } })).toEqual(notFound);
    }
    const ended = await scene.app.run({ name: 'ended', nodes: { one: { kind: 'transform', output: 1 } } });
    const input = { id: executionGlobalId(ended.id) };
    const finished = { __typename: 'AlreadyFinishedError', execution: { status: 'SUCCEEDED' } };
    expect(await scene.field(PAUSE, { input })).toEqual(finished);
    expect(await scene.field(RESUME, { input })).toEqual(finished);
    const tooLong = await scene.ask(PAUSE, { input: { ...input, reason: 'x'.repeat(1_001) } });
    expect(tooLong.errors?.[0]?.extensions).toEqual({ code: 'BAD_REQUEST' });
  });
});
