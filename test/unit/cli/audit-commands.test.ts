import { describe, expect, it } from 'vitest';
import type { AuditVerification, CliDeps } from '../../../src/cli/cli-deps.ts';
import { runCli } from '../../../src/cli/program.ts';
import { data, scene } from '../../support/cli-scene.ts';

const ENTRY = {
  id: 'RW50cnk',
  at: '2026-01-01T00:00:00.000Z',
  subject: '=ada',
  action: 'UPDATE_BLUEPRINT',
  noun: 'Blueprint',
  nounId: 'Qmx1ZXByaW50',
  outcome: 'DONE',
  fields: ['document', 'name'],
  credentialKind: 'API_KEY',
  credentialId: 'QXBpS2V5',
};
const listed = (hasNextPage: boolean, ...nodes: readonly object[]) =>
  data({ auditLog: { edges: nodes.map((node) => ({ node })), pageInfo: { hasNextPage, endCursor: 'end' } } });
const exported = data({ exportAuditLog: { __typename: 'ExportAuditLogSuccess' } });

async function run(args: readonly string[], answers: Record<string, unknown> = {}, more: Partial<CliDeps> = {}) {
  const { deps, asked, out, errors } = scene(answers, more);
  const code = await runCli(['audit', ...args], deps);
  return { code, asked, out: out(), errors: errors() };
}

describe('iceos audit list', () => {
  it('shows entries, and passes on the filter', async () => {
    const args = [
      'list',
      '--first',
      '500',
      '--subject',
      'ada',
      '--id',
      'ID',
      '--from',
      '2026-01-01',
      '--to',
      '2026-02-01',
    ];
    const { code, out, errors, asked } = await run(args, {
      ListAuditLog: listed(true, ENTRY, { ...ENTRY, nounId: null }),
    });
    expect(code).toBe(0);
    expect(out).toMatch(/=ada +update_blueprint +Blueprint +Qmx1ZXByaW50/);
    expect(errors).toContain('iceos audit export');
    const time = { from: '2026-01-01T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z' };
    expect(asked[0]?.variables).toEqual({ first: 100, filter: { ...time, subject: 'ada', nounId: 'ID' } });
    expect(JSON.parse((await run(['list', '--json'], { ListAuditLog: listed(false, ENTRY) })).out)).toEqual(ENTRY);
    expect((await run(['list'], { ListAuditLog: listed(false) })).errors).toContain('No entry matches');
  });
});

describe('iceos audit export', () => {
  it('is recorded first, and writes CSV or JSON lines', async () => {
    const answers = { ExportAuditLog: exported, ListAuditLog: listed(false, ENTRY) };
    const { code, out, asked } = await run(['export', '--csv', '--subject', 'ada'], answers);
    expect(code).toBe(0);
    expect(asked.map(({ operation }) => operation)).toEqual(['ExportAuditLog', 'ListAuditLog']);
    expect(asked[0]?.variables).toEqual({ input: { filter: { subject: 'ada' } } });
    const [head, row] = out.split('\r\n');
    expect(head).toBe('id,at,subject,action,noun,noun_id,outcome,fields,credential_kind,credential_id');
    expect(row).toBe(
      `RW50cnk,${ENTRY.at},'=ada,update_blueprint,Blueprint,Qmx1ZXByaW50,done,document name,api_key,QXBpS2V5`,
    );
    expect(JSON.parse((await run(['export', '--json'], answers)).out)).toEqual(ENTRY);
    expect((await run(['export', '--json', '--csv'], answers)).code).toBe(2);
  });

  it('writes nothing when it is refused', async () => {
    const refused = data({ exportAuditLog: { __typename: 'InvalidInputError', message: 'from must be before to' } });
    const { code, out, errors } = await run(['export'], { ExportAuditLog: refused });
    expect([code, out, errors]).toEqual([2, '', 'from must be before to']);
  });
});

describe('iceos audit verify', () => {
  const SEAL = 'ab'.repeat(32);
  const holds: AuditVerification = {
    ...{ fault: undefined, ranges: 2, rows: 5, unsealed: 1, head: { number: 2, seal: SEAL }, isEndKnown: true },
  };
  const verify = (found: AuditVerification | undefined, ...args: readonly string[]) => {
    let expected: unknown;
    const deps: Partial<CliDeps> = {
      verifyAudit: async (given) => {
        expected = given;
        return found;
      },
    };
    return run(['verify', ...args], {}, deps).then((answer) => ({ ...answer, expected }));
  };

  it('says that all holds, and what to note', async () => {
    const { code, out, expected } = await verify(holds, '--expect', `1:${SEAL}`);
    expect(code).toBe(0);
    expect(expected).toEqual({ number: 1, seal: SEAL });
    expect(out).toBe(
      `2 ranges with 5 rows hold; 1 rows after them are not sealed.\nNote for the next time: --expect 2:${SEAL}\n`,
    );
    expect((await verify({ ...holds, isEndKnown: false })).out).toContain('a cut end would not show');
    expect(JSON.parse((await verify(holds, '--json')).out)).toMatchObject({ ranges: 2 });
  });

  it('ends with 1 where a range does not hold, with 78 without a key, and with 2 for a wrong option', async () => {
    const { code, out } = await verify({ ...holds, fault: { range: 3, message: 'a row is not as it was sealed' } });
    expect([code, out]).toEqual([1, expect.stringContaining('Range 3 does not hold: a row is not as it was sealed.')]);
    expect(await verify(undefined)).toMatchObject({
      code: 78,
      errors: expect.stringContaining('ICEOS_AUDIT_KEY_FILE') as string,
    });
    expect((await verify(holds, '--expect', 'x')).code).toBe(2);
  });
});
