import { describe, expect, it } from 'vitest';
import { cellsOf } from '../../../src/execution/cells.ts';
import type { SandboxReceipt } from '../../../src/usage/receipt.ts';
import { code, drive, type Drive } from '../../support/drive.ts';
import { someReceipt } from '../../support/sandbox.ts';
import { findNode } from '../../../src/execution/visible.ts';

const receiptOf = (run: Drive, path: string): SandboxReceipt | undefined => findNode(run.state, path)?.receipt;
const first = someReceipt({ outcome: 'threw', cpuMs: 3 });
const second = someReceipt({ cpuMs: 4 });

describe('the receipt of a node', () => {
  it('is that of its last attempt once it has ended, and none while one runs', () => {
    const run = drive({ a: code({ retry: { attempts: 2, delayMs: 0 } }) }).begin('a');
    expect(receiptOf(run, 'a')).toBeUndefined();
    run.fail('a', {}, { receipt: first });
    expect(receiptOf(run, 'a')).toEqual(first);
    run.begin('a');
    expect(receiptOf(run, 'a')).toBeUndefined();
    run.succeed('a', null, { receipt: second });
    expect(receiptOf(run, 'a')).toEqual(second);
    expect(run.state.usage.cpuMs).toBe(7);
  });

  it('is none where its last attempt has none: abandoned, or refused before a worker was started', () => {
    const run = drive({ a: code({ retry: { attempts: 3, delayMs: 0 } }) })
      .begin('a')
      .fail('a', {}, { receipt: first })
      .begin('a')
      .abandon('a');
    expect(receiptOf(run, 'a')).toBeUndefined();
    run.begin('a').fail('a', { reason: 'toolUnavailable' });
    expect(receiptOf(run, 'a')).toBeUndefined();
  });

  it('stays where it was canceled', () => {
    const run = drive({ a: code(), b: code() }).begin('a', 'b').fail('b', { retryable: false });
    const receipt = someReceipt({ outcome: 'canceled' });
    run.record({ type: 'attemptCanceled', path: 'a', attempt: 1, cause: 'siblingFailed', receipt });
    expect(receiptOf(run, 'a')).toEqual(receipt);
  });

  it('is kept in a branch, which clients see, but for no iteration of a loop, of which there may be 100,000', () => {
    const nodes = { x: code() };
    const run = drive({
      l: { kind: 'loop', items: [1, 2], concurrency: 1, nodes },
      p: { kind: 'parallel', branches: { one: { nodes } } },
    });
    run.open('l', [1, 2]).open('p', 'parallel').begin('l[0].x', 'p.one.x');
    run.succeed('l[0].x', null, { receipt: first }).succeed('p.one.x', null, { receipt: second });
    expect(receiptOf(run, 'p.one.x')).toEqual(second);
    expect(cellsOf(run.state).nodes.get('l[0].x')?.receipt).toBeUndefined();
    expect(receiptOf(run, 'l')).toBeUndefined();
    expect(receiptOf(run, 'p')).toBeUndefined();
    expect(findNode(run.state, 'l')?.usage.cpuMs).toBe(3);
  });
});
