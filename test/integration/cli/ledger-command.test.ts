import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runCli } from '../../../src/cli/program.ts';
import { DEFAULT_TENANT, type ExecutionId } from '../../../src/core/ids.ts';
import { auditOfTenant } from '../../support/audit.ts';
import { scene } from '../../support/cli-scene.ts';
import { makeCall } from '../../support/ledger.ts';
import { executionGlobalId, openLiveScene, type LiveScene } from '../../support/live-scene.ts';
import { code } from '../../support/scripted-code.ts';

const CALLS = 230;

const Rows = z.array(
  z.looseObject({ path: z.string(), call: z.string(), model: z.string(), cost_usd_micros: z.string() }),
);

describe('The command line in front of a ledger of several pages', () => {
  let server: LiveScene;
  let executionId: ExecutionId;
  let charged = 0n;

  beforeAll(async () => {
    server = await openLiveScene();
    const blueprintId = await server.app.publish({ name: 'asks', nodes: { wait: code({ input: { hold: true } }) } });
    executionId = await server.app.start(blueprintId);
    await server.app.follow(executionId, ({ type }) => type === 'attemptStarted');
    for (let call = 0; call < CALLS; call += 1) {
      const model = call % 2 === 0 ? '=cmd' : 'model, "quoted"';
      const tokens = { inputTokens: call };
      charged += await makeCall(server.database.stores, { executionId, blueprintId, call, model, tokens });
    }
  });
  afterAll(() => server.close());

  async function run(...args: readonly string[]) {
    const settings = { url: server.url, apiKey: server.key, dataDir: '/nowhere' };
    const { deps, out, errors } = scene({}, { fetch: globalThis.fetch, settings });
    return { code: await runCli(args, deps), text: out(), errors: errors() };
  }

  it('writes every row once, newest first, and the sum is what was charged', async () => {
    const { code, text } = await run('ledger', '--csv', '--execution', executionGlobalId(executionId));
    expect(code).toBe(0);
    const rows = Rows.parse(parse(text, { columns: true }));
    expect(rows.map(({ call }) => Number(call))).toEqual(
      Array.from({ length: CALLS }, (_, index) => CALLS - 1 - index),
    );
    expect(new Set(rows.map(({ model }) => model))).toEqual(new Set(["'=cmd", 'model, "quoted"']));
    expect(rows.reduce((sum, row) => sum + BigInt(row.cost_usd_micros), 0n)).toBe(charged);
  });

  it('leaves an entry in the audit log when all is taken away, and none when some is shown', async () => {
    const exports = async () => {
      const entries = await auditOfTenant(server.database, DEFAULT_TENANT);
      return entries.filter(({ action }) => action === 'exportLedger');
    };
    const before = await exports();
    await run('ledger', '--first', '5');
    expect(await exports()).toEqual(before);
    await run('ledger', '--csv', '--execution', executionGlobalId(executionId));
    await run('ledger', '--json');
    expect((await exports()).slice(before.length)).toMatchObject([
      { subject: 'first', noun: 'Ledger', nounId: undefined, outcome: 'done', fields: ['executionId'] },
      { subject: 'first', noun: 'Ledger', nounId: undefined, outcome: 'done', fields: [] },
    ]);
  });

  it('has the same sums by every grouping', async () => {
    for (const by of ['model', 'blueprint', 'day', 'hour', 'kind']) {
      const { code, text } = await run('usage', '--by', by, '--csv', '--from', '2026-06-01', '--to', '2026-06-02');
      expect(code).toBe(0);
      const rows = z
        .array(z.looseObject({ calls: z.string(), cost_usd_micros: z.string() }))
        .parse(parse(text, { columns: true }));
      expect(rows.reduce((sum, { calls }) => sum + Number(calls), 0)).toBe(CALLS);
      expect(rows.reduce((sum, row) => sum + BigInt(row.cost_usd_micros), 0n)).toBe(charged);
    }
  });

  it('ends with 2 for an execution that is not there', async () => {
    const id = executionGlobalId('01890000-0000-7000-8000-000000000009');
    for (const command of ['usage', 'ledger']) {
      const { code, errors } = await run(command, '--execution', id);
      expect([code, errors]).toEqual([2, expect.stringContaining(`no execution with the ID "${id}"`)]);
      expect((await run(command, '--execution', 'nonsense')).code).toBe(2);
    }
  });
});
