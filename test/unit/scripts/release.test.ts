import { describe, expect, it } from 'vitest';
import {
  checksumLines,
  checksumOf,
  cutChangelog,
  nextCandidate,
  publishedManifest,
  repositoryUrl,
} from '../../../scripts/release/candidate.ts';
import { otherMajors } from '../../../scripts/release/nodes.ts';
import { thirdPartyNotices } from '../../../scripts/release/notices.ts';

describe('the next candidate', () => {
  it('counts those of its version alone', () => {
    expect(nextCandidate('0.1.0', [])).toBe('0.1.0-rc.1');
    expect(nextCandidate('0.1.0', ['v0.1.0-rc.1', 'v0.1.0-rc.10', 'v0.1.0-rc.2', 'v0.2.0-rc.20', ''])).toBe(
      '0.1.0-rc.11',
    );
    expect(nextCandidate('0.1.0-rc.3', ['v0.1.0-rc.3'])).toBe('0.1.0-rc.4');
  });

  it('is refused once the version is out', () => {
    expect(() => nextCandidate('0.1.0', ['v0.1.0'])).toThrow('Raise "version" in package.json');
  });
});

describe('the changelog', () => {
  it('gives what is pending to the version, and starts anew', () => {
    const older = '## 0.1.0 - 2026-01-02\n\n- first\n';
    const { text, notes } = cutChangelog(`# Changelog\n\n## Pending\n\n- a\n- b\n\n${older}`, '0.2.0', '2026-03-04');
    expect(notes).toBe('- a\n- b');
    expect(text).toBe(`# Changelog\n\n## Pending\n\n## 0.2.0 - 2026-03-04\n\n- a\n- b\n\n${older}`);
  });

  it('is refused when it has nothing to say', () => {
    expect(() => cutChangelog('# Changelog\n', '0.2.0', '2026-03-04')).toThrow('no section "## Pending"');
    expect(() => cutChangelog('## Pending\n\n## 0.1.0\n\n- a\n', '0.2.0', '2026-03-04')).toThrow(
      'Nothing stands under Pending',
    );
  });
});

describe('the published package', () => {
  const root = {
    ...{
      name: 'iceos',
      version: '1.0.0',
      description: 'd',
      license: 'l',
      type: 'module',
      engines: {},
      bin: {},
      exports: {},
    },
    ...{ peerDependencies: {}, peerDependenciesMeta: {} },
    private: true,
    scripts: { prepare: 'anything' },
    dependencies: { beside: '1.2.3', within: '4.5.6' },
    devDependencies: { test: '1.0.0' },
  };

  it('has the packages beside it that its bundles import, and no scripts', () => {
    const made = publishedManifest(root, { imported: ['beside', 'node-builtin'], repository: undefined });
    expect(made.dependencies).toEqual({ beside: '1.2.3' });
    for (const field of ['private', 'scripts', 'devDependencies', 'repository']) expect(made).not.toHaveProperty(field);
  });

  it('names its repository where npm can prove it', () => {
    const url = 'git+https://github.com/some/thing.git';
    for (const origin of [
      'git@github.com:some/thing.git',
      'https://github.com/some/thing\n',
      'ssh://git@github.com/some/thing.git',
    ])
      expect(repositoryUrl(origin)).toBe(url);
    for (const origin of [undefined, '/srv/git/thing', 'https://github.com.example.org/some/thing'])
      expect(repositoryUrl(origin)).toBeUndefined();
    expect(publishedManifest(root, { imported: [], repository: url })['repository']).toEqual({ type: 'git', url });
  });

  it('carries the licence of each package that is copied into it', async () => {
    const notices = await thirdPartyNotices(['node_modules/zod', 'node_modules/pg']);
    expect(notices).toMatch(/^zod 4[\d.]+ \(MIT\)$/m);
    expect(notices).toContain('Permission is hereby granted');
  });
});

describe('checksums', () => {
  const sum = 'ab'.repeat(32);

  it('are found again in a text, by the whole name of the file', () => {
    const text = `notes\n\n${checksumLines({ 'a.tgz': 'cd'.repeat(32), 'a.tar': sum })}`;
    expect(checksumOf(text, 'a.tar')).toBe(sum);
    expect(checksumOf(text, 'tar')).toBeUndefined();
  });
});

it('the other lines of Node are those that CI has beside this one', () => {
  expect(otherMajors('22.1.0')).toEqual([20, 24]);
});
