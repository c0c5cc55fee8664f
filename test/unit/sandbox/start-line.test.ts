import { describe, expect, it } from 'vitest';
import type { LayerFinding } from '../../../src/sandbox/layer-finding.ts';
import { startLine } from '../../../src/sandbox/start-line.ts';

const missing = (name: LayerFinding['name'], why: string): LayerFinding => ({ name, available: false, why });

describe('the line of the start', () => {
  it('says which layer confines, and its promise', () => {
    const findings = [missing('cgroup', 'none'), missing('shell', 'none')];
    expect(startLine('full', findings)).toMatch(/^Sandbox: full\. Tools and code see Node, /);
    expect(startLine('full', findings, 'v2')).toMatch(/^Sandbox: full with control groups \(v2\)\. /);
  });

  it('says why nothing stronger does', () => {
    expect(startLine('base', [missing('full', 'AppArmor')])).toMatch(
      /^Sandbox: base \(no full layer: AppArmor\)\. .*may see/,
    );
    const both = [missing('full', 'gVisor'), missing('base', 'gVisor')];
    expect(startLine('development', both, 'v1')).toMatch(
      /^Sandbox: development \(no full and no base layer: gVisor\)\. .*nothing confines them\.$/,
    );
    const each = [missing('full', 'one'), missing('base', 'two')];
    expect(startLine('development', each)).toContain('(no full layer: one; no base layer: two)');
  });
});
