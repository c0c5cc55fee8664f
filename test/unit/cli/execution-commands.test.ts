import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program.ts';
import { data, file, refused, scene } from '../../support/cli-scene.ts';

describe('iceos start', () => {
  const found = data({ blueprint: { id: 'b', version: 3 } });
  const execution = { id: 'e1', status: 'PENDING', revision: { version: 3 } };
  const started = data({ startExecution: { __typename: 'StartExecutionSuccess', created: true, execution } });

  it('starts with input and key, and prints the ID alone for a script', async () => {
    const { deps, asked, out } = scene({ FindBlueprint: found, StartExecution: started });
    const args = ['start', 'flow', '--input', '{"n":1}', '--idempotency-key', 'k', '--blueprint-version', '2'];
    expect(await runCli(args, deps)).toBe(0);
    expect(out()).toBe('e1\n');
    expect(asked[1]?.variables).toEqual({
      input: { blueprintId: 'b', input: { n: 1 }, version: 2, idempotencyKey: 'k' },
    });
  });

  it('reads input from a file, and tells a person what comes next', async () => {
    const terminal = { ...scene().deps.terminal, interactive: true };
    const written: string[] = [];
    const { deps, asked } = scene(
      { FindBlueprint: found, StartExecution: started },
      { terminal: { ...terminal, out: (text) => void written.push(text) } },
    );
    expect(await runCli(['start', 'flow', '--input', `@${await file('{"n":2}', 'input.json')}`], deps)).toBe(0);
    expect(asked[1]?.variables['input']).toMatchObject({ input: { n: 2 } });
    expect(written.join('')).toContain('iceos watch e1');
  });

  it('says where an input does not fit', async () => {
    const issues = [{ rule: 'input', path: '/n', message: 'must be a number' }];
    const startExecution = { __typename: 'InvalidInputError', message: 'The input does not fit.', issues };
    const { deps, errors } = scene({ FindBlueprint: found, StartExecution: data({ startExecution }) });
    expect(await runCli(['start', 'flow'], deps)).toBe(2);
    expect(errors()).toContain('--input: must be a number (input, /n)');
  });

  it('refuses an input that is no JSON, and a name that is unknown', async () => {
    const { deps, errors } = scene({ FindBlueprint: data({ blueprint: null }) });
    expect(await runCli(['start', 'flow', '--input', '{n:1}'], deps)).toBe(2);
    expect(errors()).toContain('--input is no JSON');
    expect(await runCli(['start', 'flow'], deps)).toBe(2);
    expect(errors()).toContain('There is no blueprint named "flow"');
  });
});

describe('iceos pause and iceos resume', () => {
  it('tell that the request is recorded, or why it cannot be', async () => {
    const execution = { id: 'e1', status: 'PAUSED' };
    const { deps, asked, out } = scene({
      PauseExecution: data({ pauseExecution: { __typename: 'PauseExecutionSuccess', execution } }),
      ResumeExecution: data({ resumeExecution: { __typename: 'ResumeExecutionSuccess', execution } }),
    });
    expect(await runCli(['pause', 'e1', '--reason', 'lunch'], deps)).toBe(0);
    expect(await runCli(['resume', 'e1'], deps)).toBe(0);
    expect(await runCli(['resume', 'e1', '--soft-cost-usd-micros', '2000000'], deps)).toBe(0);
    expect(asked.map(({ variables }) => variables)).toEqual([
      { input: { id: 'e1', reason: 'lunch' } },
      { input: { id: 'e1' } },
      { input: { id: 'e1', budget: { softCostUsdMicros: '2000000' } } },
    ]);
    expect(out()).toContain('iceos resume e1');
    const message = 'Its soft limit would be 5.';
    const poor = scene({
      PauseExecution: data({ pauseExecution: { __typename: 'AlreadyFinishedError', message: 'It is over.' } }),
      ResumeExecution: data({ resumeExecution: { __typename: 'BudgetExceededError', message } }),
    });
    expect(await runCli(['pause', 'e1'], poor.deps)).toBe(2);
    expect(await runCli(['resume', 'e1', '--max-cost-usd-micros', '5'], poor.deps)).toBe(2);
    expect(poor.errors()).toBe(`It is over.\n${message}`);
  });

  it('take money as whole micro-dollars', async () => {
    const { deps, errors } = scene();
    for (const money of ['1.5', '-1', '10e6', '']) {
      expect(await runCli(['resume', 'e1', '--max-cost-usd-micros', money], deps)).toBe(2);
    }
    expect(errors()).toContain('It must be whole micro-dollars');
  });
});

describe('iceos cancel', () => {
  it('tells that the request is recorded, or why it cannot be', async () => {
    const success = { __typename: 'CancelExecutionSuccess', execution: { id: 'e1', status: 'RUNNING' } };
    const well = scene({ CancelExecution: data({ cancelExecution: success }) });
    expect(await runCli(['cancel', 'e1', '--reason', 'enough'], well.deps)).toBe(0);
    expect(well.asked[0]?.variables).toEqual({ input: { id: 'e1', reason: 'enough' } });
    const over = scene({
      CancelExecution: data({ cancelExecution: { __typename: 'AlreadyFinishedError', message: 'It is over.' } }),
    });
    expect(await runCli(['cancel', 'e1'], over.deps)).toBe(2);
    expect(over.errors()).toBe('It is over.');
  });
});

describe('iceos list', () => {
  const node = {
    id: 'e1',
    status: 'RUNNING',
    progress: { done: 1, total: 4 },
    requestedAt: '2026-01-01T00:00:30Z',
    finishedAt: null,
    failure: null,
    revision: { name: 'flow', version: 3 },
  };

  it('shows executions as a table', async () => {
    const executions = { edges: [{ node }], pageInfo: { hasNextPage: true, endCursor: 'c' } };
    const { deps, asked, out, errors } = scene({ ListExecutions: data({ executions }) });
    expect(await runCli(['list', '--status', 'running,failed', '--first', '1'], deps)).toBe(0);
    expect(asked[0]?.variables).toMatchObject({ first: 1, filter: { statuses: ['RUNNING', 'FAILED'] } });
    expect(out()).toBe(
      'id  status   blueprint  done  requested             took\n' +
        'e1  running  flow v3    1/4   2026-01-01T00:00:30Z  30.0 s\n',
    );
    expect(errors()).toContain('--first 2');
  });

  it('shows blueprints, and says what to do when there is none', async () => {
    const edges = [
      { node: { name: 'flow', version: 3, hasUnpublishedChanges: true, publishedRevision: { version: 2 } } },
    ];
    const pageInfo = { hasNextPage: false, endCursor: null };
    const some = scene({ ListBlueprints: data({ blueprints: { edges, pageInfo } }) });
    expect(await runCli(['list', '--blueprints'], some.deps)).toBe(0);
    expect(some.out()).toContain('flow  v3       v2         yes');
    const none = scene({ ListBlueprints: data({ blueprints: { edges: [], pageInfo } }) });
    expect(await runCli(['list', '--blueprints'], none.deps)).toBe(0);
    expect(none.errors()).toContain('iceos publish FILE');
  });

  it('gives JSON lines', async () => {
    const executions = { edges: [{ node }, { node }], pageInfo: { hasNextPage: false, endCursor: 'c' } };
    const { deps, out } = scene({ ListExecutions: data({ executions }) });
    expect(await runCli(['list', '--json'], deps)).toBe(0);
    expect(
      out()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([node, node]);
  });
});

describe('iceos doctor', () => {
  it('puts together what the machine, the server and the key say', async () => {
    const viewer = { subject: 'first', scopes: ['executions:read'] };
    const { deps, out } = scene({ WhoAmI: data({ viewer }) });
    expect(await runCli(['doctor'], deps)).toBe(0);
    expect(out()).toContain('✓ node             Node 20');
    expect(out()).toContain('You are first, with executions:read.');
  });

  it('is content without what a server does not need, and indents what goes over lines', async () => {
    const viewer = { subject: 'first', scopes: ['executions:read'] };
    const groups = { name: 'Control groups', ok: false, optional: true, message: 'none\nmake some' };
    const { deps, out } = scene({ WhoAmI: data({ viewer }) }, { doctor: async () => [groups] });
    expect(await runCli(['doctor'], deps)).toBe(0);
    expect(out()).toContain(`- Control groups   none\n${' '.repeat(19)}make some\n`);
  });

  it('ends with 1 when something is not well', async () => {
    const { deps, out } = scene({ ready: false });
    expect(await runCli(['doctor', '--json'], deps)).toBe(1);
    expect(JSON.parse(out()).at(-1)).toMatchObject({ name: 'server', ok: false });
  });
});

describe('a server that does not serve', () => {
  it('ends with 4 and says how to start one', async () => {
    const { deps, errors } = scene();
    expect(await runCli(['list'], deps)).toBe(4);
    expect(errors()).toContain('connect ECONNREFUSED');
    expect(errors()).toContain('iceos serve');
  });

  it('ends with 4 when something else listens there', async () => {
    const { deps, errors } = scene({ ListExecutions: '<html>hello</html>' });
    expect(await runCli(['list'], deps)).toBe(4);
    expect(errors()).toContain('this is no answer of iceOS: <html>');
  });

  it('ends with 78 when the key is refused, and with 2 when the request is', async () => {
    const unknownKey = scene({ ListExecutions: refused('UNAUTHENTICATED') });
    expect(await runCli(['list'], unknownKey.deps)).toBe(78);
    expect(unknownKey.errors()).toContain('ICEOS_API_KEY');
    expect(await runCli(['list'], scene({ ListExecutions: refused('BAD_USER_INPUT') }).deps)).toBe(2);
  });

  it('names the errorId of a bug', async () => {
    const errors = [{ message: 'Unexpected error.', extensions: { errorId: 'x-1' } }];
    const { deps, errors: said } = scene({ ListExecutions: { errors } });
    expect(await runCli(['list'], deps)).toBe(4);
    expect(said()).toContain('errorId x-1');
  });

  it('reads the key that the server wrote into its data folder', async () => {
    const dataDir = path.dirname(await file('ice_fromfile\n', 'key'));
    const settings = { url: 'http://127.0.0.1:4000', apiKey: undefined, dataDir };
    const pageInfo = { hasNextPage: false, endCursor: null };
    const { deps, asked } = scene({ ListExecutions: data({ executions: { edges: [], pageInfo } }) }, { settings });
    expect(await runCli(['list'], deps)).toBe(0);
    expect(asked[0]?.headers.get('authorization')).toBe('Bearer ice_fromfile');
  });
});
