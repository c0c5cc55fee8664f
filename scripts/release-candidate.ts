import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './build.ts';
import { cutChangelog, nextCandidate, RootManifest } from './release/candidate.ts';
import { imageEngine, tryImage } from './release/image.ts';
import { fetchNode, otherMajors } from './release/nodes.ts';
import { run } from './release/run.ts';
import { git, readText } from './repository.ts';

const HELP = `Makes a release candidate of the commit that is checked out: v1.2.3-rc.N of the version in package.json.

  npm run release-candidate
  npm run release-candidate -- --dry-run   the package alone, made and tried; keeps nothing

All happens in a worktree of its own. On success the branch has one commit more, the tag is made, and release/ holds the
package, its bill of materials, checksums and notes. When a step fails nothing has changed.`;

/** What a trial is called: it stands for whichever version comes next. */
const TRIAL = '0.0.0-dry.1';

/** Runs a step and says how it went; what it answers is why it could not be done here. */
async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  process.stdout.write(`${name.padEnd(34)} `);
  try {
    const answer = await work();
    const result = typeof answer === 'string' ? `left out: ${answer}` : 'passed';
    console.log(`${result} (${Math.round((performance.now() - startedAt) / 1_000)} s)`);
    return answer;
  } catch (error) {
    console.log('FAILED');
    throw error;
  }
}

/** Makes sure that what is released is what is committed, on the branch that is released from. */
async function checkTree(): Promise<void> {
  const changed = (await git('status', '--porcelain')) ?? '';
  if (changed !== '') throw new Error(`These changes are not committed:\n${changed}Commit or stash them.`);
  const branch = (await git('branch', '--show-current'))?.trim();
  if (branch !== 'main')
    throw new Error(`Releases are made from main; this is ${branch === '' ? 'no branch' : branch}.`);
}

const setVersion = (tree: string, version: string): Promise<string> =>
  run('npm', ['version', version, '--no-git-tag-version', '--ignore-scripts'], { cwd: tree });

/** All checks and tests of CI on this system: with this Node, and the tests with the others. */
async function runMatrix(tree: string): Promise<void> {
  await step(`checks and tests, Node ${process.versions.node}`, () => runCheck(tree));
  for (const major of otherMajors()) {
    await step(`tests, Node ${major}`, async () => {
      const folder = await fetchNode(major);
      if (folder === undefined) return 'npm has no such Node for this system';
      const env = { ...process.env, PATH: `${folder}${path.delimiter}${process.env['PATH'] ?? ''}` };
      await run('npm', ['test'], { cwd: tree, env });
      return undefined;
    });
  }
}

interface Previous {
  readonly tarball: string;
}

/** The package of the last tag: its server has to start on a database that this one has migrated, as in a roll-back. */
async function packPrevious(folder: string): Promise<Previous | string> {
  const tag = (await git('describe', '--tags', '--abbrev=0', '--match', 'v*'))?.trim();
  if (tag === undefined) return 'there is none yet';
  const [tree, out] = [path.join(folder, 'previous'), path.join(folder, 'previous-package')];
  await run('git', ['worktree', 'add', '--detach', tree, tag], { cwd: ROOT });
  try {
    await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: tree });
    await run('npm', ['run', '--silent', 'package', '--', '--out', out], { cwd: tree });
    return { tarball: path.join(out, `iceos-${tag.slice(1)}.tgz`) };
  } finally {
    await git('worktree', 'remove', '--force', tree);
  }
}

const runCheck = async (tree: string): Promise<void> => {
  await run('npm', ['run', '--silent', 'check'], { cwd: tree });
};

async function publish({ tree, out, version, notes }: Candidate & { readonly notes: string }): Promise<void> {
  const tag = `v${version}`;
  const checksums = await readFile(path.join(out, 'SHA256SUMS'), 'utf8');
  const message = path.join(out, 'notes.md');
  await writeFile(message, `iceOS ${version}\n\n${notes}\n\n${checksums}`);
  await run('git', ['commit', '--all', '--signoff', '--message', `release: ${tag}`], { cwd: tree });
  const commit = (await run('git', ['rev-parse', 'HEAD'], { cwd: tree })).trim();
  // Much may have happened here since the tests began. The branch goes first: what fails then leaves no tag behind.
  await checkTree();
  await run('git', ['merge', '--ff-only', commit], { cwd: ROOT });
  // Verbatim: a heading of Markdown is a comment to git. Signed where a key is configured.
  const key = (await git('config', 'user.signingkey'))?.trim() ?? '';
  const kind = key === '' ? '--annotate' : '--sign';
  await run('git', ['tag', kind, tag, commit, '--file', message, '--cleanup=verbatim'], { cwd: ROOT });
}

/** What no one machine can run, and CI does. */
const elsewhere = (): readonly string[] => [
  ...(process.platform === 'linux' ? ['macOS'] : ['Linux, and with it the sandbox']),
  ...(process.arch === 'arm64' ? ['the sandbox on x86-64'] : ['the sandbox on ARM']),
  'deploy/ on a machine with systemd and AppArmor (.ci/deploy)',
];

interface Candidate {
  readonly tree: string;
  /** Where the package comes to lie. */
  readonly out: string;
  readonly version: string;
}

async function addTree(tree: string): Promise<void> {
  await run('git', ['worktree', 'add', '--detach', tree, 'HEAD'], { cwd: ROOT });
}

/** The package, as it would be: neither what is pending in the changelog nor the last tag has to allow a release for it. */
async function tryOut(tree: string, out: string): Promise<string> {
  await step(`a worktree of ${TRIAL}`, async () => {
    await addTree(tree);
    await setVersion(tree, TRIAL);
    // Those of this checkout are as good for a trial.
    await symlink(path.join(ROOT, 'node_modules'), path.join(tree, 'node_modules'), 'junction');
  });
  await step('package, from an empty folder', () => pack(tree, out));
  return `Dry run: the package can be made, and works. Nothing was committed, and no tag made.`;
}

async function makeCandidate(tree: string, out: string): Promise<string> {
  await step('the tree is clean', checkTree);
  const { version: base } = RootManifest.parse(JSON.parse(await readText('package.json')));
  const version = nextCandidate(base, ((await git('tag', '--list', 'v*')) ?? '').split('\n'));
  const { text, notes } = cutChangelog(await readText('CHANGELOG.md'), version, new Date().toISOString().slice(0, 10));
  await step(`version ${version}`, async () => {
    await addTree(tree);
    await setVersion(tree, version);
  });
  await step('dependencies as they are locked', async () => {
    await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: tree });
  });
  await runMatrix(tree);
  // Only now: the checks find what may break under Pending.
  await writeFile(path.join(tree, 'CHANGELOG.md'), text);
  const older = await step('the release before it, packed', () => packPrevious(path.join(tree, '..')));
  await step('package, from an empty folder', () =>
    pack(tree, out, typeof older === 'string' ? [] : ['--older', older.tarball]),
  );
  await step('image', async () => {
    const engine = await imageEngine(tree);
    return engine === undefined ? 'neither docker nor podman answers' : tryImage(engine, tree, version);
  });
  await step(`commit, tag v${version}`, () => publish({ tree, out, version, notes }));
  console.log(
    `\nNot run here, but by CI:\n${elsewhere()
      .map((one) => `  - ${one}`)
      .join('\n')}`,
  );
  return `v${version} is made; in ${out} lies what is signed off. docs/releasing.md says how it gets out.`;
}

const pack = async (tree: string, out: string, more: readonly string[] = []): Promise<void> => {
  await run('npm', ['run', '--silent', 'package', '--', '--try', '--out', out, ...more], { cwd: tree });
};

async function main(dryRun: boolean): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'iceos-release-'));
  // As any checkout: tests start the server as another user, too.
  await chmod(folder, 0o755);
  const tree = path.join(folder, 'tree');
  try {
    const said = dryRun
      ? await tryOut(tree, path.join(folder, 'release'))
      : await makeCandidate(tree, path.join(ROOT, 'release'));
    console.log(`\n${said}`);
  } finally {
    await git('worktree', 'remove', '--force', tree);
    await rm(folder, { recursive: true, force: true });
  }
}

const { values } = parseArgs({
  options: { 'dry-run': { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
});
if (values.help) console.log(HELP);
else
  await main(values['dry-run']).catch((error: unknown) => {
    console.error(`\n${error instanceof Error ? error.message : String(error)}\nNothing was released.`);
    process.exitCode = 1;
  });
