import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Grant } from '../../../src/sandbox/grant.ts';
import type { ProcessSandbox } from '../../../src/sandbox/process-sandbox.ts';
import { redacting } from '../../../src/sandbox/redacting.ts';
import type { SandboxReport } from '../../../src/sandbox/sandbox.ts';
import { codeCall, never, openSandbox } from '../../support/sandbox.ts';

const VALUE = 'hunter2-hunter2';
const reveal: Grant = { kind: 'reveal', name: 'pin', read: () => VALUE };
const filled: Grant = { kind: 'secret', name: 'pin', hosts: [], header: 'authorization', read: () => VALUE };

/** A tool that asks for the plain text of a secret, and gives back its length and all that it can say of it. */
const TOOL = `export async function run(input, { secrets, log }) {
  const value = await secrets.reveal(input.name);
  log('info', 'It is ' + value);
  if (input.throws) throw new Error('It is ' + value);
  return { letters: value.length, value, base64: Buffer.from('x' + value).toString('base64') };
}`;

let sandbox: ProcessSandbox;
let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'iceos-tool-')));
  await writeFile(path.join(folder, 'main.mjs'), TOOL);
  sandbox = openSandbox();
});
afterAll(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
});

const use = (grants: readonly Grant[], input: object = {}): Promise<SandboxReport> =>
  redacting(sandbox).run(
    {
      ...codeCall(''),
      program: { type: 'tool', name: 'my.tool', version: '1.0.0', folder, entry: 'main.mjs', tenant: 'tenant' },
      input: { name: 'pin', ...input },
      grants,
    },
    never(),
  );

describe('the plain text of a secret', () => {
  it('reaches a tool that is granted it, and ends there', async () => {
    const { outcome, receipt } = await use([reveal]);
    expect(outcome).toEqual({
      kind: 'succeeded',
      output: {
        letters: VALUE.length,
        value: '[redacted]',
        base64: expect.stringMatching(/^eG?\[redacted\]g?=*$/),
      },
    });
    expect(receipt.grants).toEqual(['reveal pin']);
    expect((await use([reveal], { throws: true })).outcome).toMatchObject({
      kind: 'threw',
      message: expect.stringContaining('It is [redacted]'),
    });
  });

  it('reaches no other tool, also none that may only have it filled in', async () => {
    for (const grants of [[], [filled]]) {
      expect((await use(grants)).outcome).toMatchObject({
        kind: 'threw',
        retryable: false,
        message: expect.stringContaining('is not granted'),
      });
    }
    expect((await use([reveal], { name: 'other' })).outcome).toMatchObject({ kind: 'threw', retryable: false });
  });

  it('is nothing that code could ask for', async () => {
    const source = `return [typeof secrets, typeof context, Object.keys(globalThis).filter((name) => /secret|broker|host/i.test(name))];`;
    const { outcome } = await redacting(sandbox).run(codeCall(source), never());
    expect(outcome).toEqual({ kind: 'succeeded', output: ['undefined', 'undefined', []] });
  });
});
