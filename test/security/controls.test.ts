import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AttackReport } from '../support/security-report.ts';
import { setStage, USERS, type Stage } from '../support/security-stage.ts';
import { ESCAPED } from './attacks/attack.ts';
import { corpus } from './attacks/corpus.ts';

const controls = corpus.filter(({ control }) => control);

// An attack that fails because it is written badly would pass for one that is stopped.
describe.runIf(process.platform === 'linux')('where nothing confines', () => {
  let stage: Stage;
  let reports: ReadonlyMap<string, AttackReport>;
  beforeAll(async () => {
    stage = await setStage('attack-all.ts', USERS.includes('root') ? 'root' : 'unprivileged');
    const lines = await stage.run({
      layer: 'development',
      profile: 'js',
      atOnce: 1,
      names: controls.map(({ name }) => name),
    });
    reports = new Map(lines.map((line) => AttackReport.parse(line)).map((report) => [report.name, report]));
  }, 120_000);
  afterAll(() => stage.close());

  it('many attacks can be shown to be attacks', () => {
    expect(controls.length).toBeGreaterThan(30);
  });

  it.each(controls.map(({ name }) => name))('%s reaches its aim', (name) => {
    expect(reports.get(name)?.message).toContain(ESCAPED);
  });
});

describe('the corpus', () => {
  it('has a hundred attacks of the js profile and more, each under a name of its own', () => {
    expect(corpus.length).toBeGreaterThanOrEqual(100);
    expect(new Set(corpus.map(({ name }) => name)).size).toBe(corpus.length);
  });
});
