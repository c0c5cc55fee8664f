import { describe, expect, it } from 'vitest';
import {
  deadCodeFaults,
  messageFaults,
  metricFaults,
  migrationFaults,
  schemaFaults,
  settingFaults,
  unnamedFaults,
} from '../../../scripts/dead-code-faults.ts';

const texts = (files: Record<string, string>): ReadonlyMap<string, string> => new Map(Object.entries(files));

describe('what nothing uses', () => {
  it('is a setting that only its own declaration names', () => {
    const files = { 'src/config/settings.ts': 'leaseMs: 1, heartbeatMs: 2', 'src/app.ts': 'config.leaseMs' };
    expect(settingFaults(texts(files), ['leaseMs', 'heartbeatMs'])).toEqual([
      expect.stringContaining('heartbeatMs is read by no code'),
    ]);
  });

  it('is a metric that no code sets', () => {
    const files = {
      'src/telemetry/metric-name.ts': `'attempts' 'claims'`,
      'src/telemetry/alert-causes.ts': `'claims'`,
      'src/app/observers.ts': `metrics.add('attempts')`,
    };
    expect(metricFaults(texts(files), ['attempts', 'claims'])).toEqual([
      expect.stringContaining('claims is set by no code'),
    ]);
  });

  it('is a message that neither side sends', () => {
    const files = { 'src/protocol/messages.ts': `type: 'run', type: 'log'`, 'src/worker/host.ts': `{ type: 'log' }` };
    expect(messageFaults(texts(files), ['run', 'log'])).toEqual([expect.stringContaining('run of the protocol')]);
  });

  it('is a type that no operation reaches', () => {
    const sdl = `
      type Query { node(by: By): Node, any: Any }
      input By { kind: Kind } enum Kind { A }
      interface Node { id: ID } type Item implements Node { id: ID, at: Date } scalar Date
      union Any = One type One { a: Int }
    `;
    expect(schemaFaults(sdl)).toEqual([]);
    expect(schemaFaults(`${sdl} type Internal { id: ID, secret: Hidden } scalar Hidden input Old { a: Int }`)).toEqual(
      ['Internal', 'Hidden', 'Old'].map((name) => expect.stringContaining(`The type ${name} of`)),
    );
  });

  it('is a page without a link, and a script that nothing starts', () => {
    const files = {
      'README.md': '[costs](docs/costs.md)',
      'docs/costs.md': '',
      'docs/lost.md': 'docs/lost.md',
      'package.json': 'tsx scripts/build.ts',
      'scripts/build.ts': '',
      'scripts/lost.ts': 'scripts/lost.ts',
    };
    expect(unnamedFaults(texts(files))).toEqual([
      expect.stringContaining('docs/lost.md is linked from nowhere'),
      expect.stringContaining('scripts/lost.ts is started and imported by nothing'),
    ]);
  });

  it('is a migration that is not in the journal', () => {
    const files = ['migrations/0000_tables.sql', 'migrations/0001_lost.sql', 'migrations/meta/0000_snapshot.json'];
    expect(migrationFaults(files, '{"tag": "0000_tables"}')).toEqual([
      expect.stringContaining('migrations/0001_lost.sql is not in'),
    ]);
  });

  it('is said all at once', () => {
    const files = texts({
      'docs/lost.md': '',
      'migrations/0001_lost.sql': '',
      'schema.graphql': 'type Query { a: Int } type Lost { a: Int }',
    });
    const faults = deadCodeFaults(files, { settings: ['lost'], metrics: ['lost'], messages: ['lost'] });
    expect(faults).toHaveLength(6);
  });
});
