import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './build.ts';
import { checksumOf } from './release/candidate.ts';
import { makePackage, type Package } from './release/stage.ts';
import { tryPackages } from './release/try-package.ts';
import { git } from './repository.ts';

const HELP = `Builds the npm package of this checkout into release/, with its bill of materials and checksums.

  npm run package
  npm run package -- --try             installs it into an empty folder and runs a blueprint there
  npm run package -- --try --older iceos-0.1.0.tgz   then starts that package on the same database
  npm run package -- --compare v1.2.3  fails where it differs from what was signed off with that tag
  npm run package -- --out folder      another folder, which is emptied first`;

async function compare({ version }: Package, checksums: string, tag: string): Promise<void> {
  const file = `iceos-${version}.tar`;
  const signed = await git(
    'for-each-ref',
    '--format=%(if:equals=tag)%(objecttype)%(then)%(contents)%(end)',
    `refs/tags/${tag}`,
  );
  if (signed === undefined || signed.trim() === '')
    throw new Error(`There is no annotated tag ${tag} in this checkout.`);
  const wanted = checksumOf(signed, file);
  if (wanted === undefined)
    throw new Error(`The message of ${tag} has no checksum of ${file}. Was it made by npm run release-candidate?`);
  const found = checksumOf(checksums, file);
  if (found !== wanted)
    throw new Error(
      `${file} differs from what was signed off with ${tag}: ${found} instead of ${wanted}. Nothing may be published.`,
    );
  console.log(`It is what was signed off with ${tag}.`);
}

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: path.join(ROOT, 'release') },
    try: { type: 'boolean', default: false },
    older: { type: 'string' },
    compare: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) {
  console.log(HELP);
} else {
  const out = path.resolve(values.out);
  if (!path.relative(out, ROOT).startsWith('..')) throw new Error(`--out is emptied, and ${out} holds this checkout.`);
  const made = await makePackage(out);
  const checksums = await readFile(made.checksums, 'utf8');
  console.log(`${made.tarball}\n${checksums.trimEnd()}`);
  if (values.compare !== undefined) await compare(made, checksums, values.compare);
  if (values.try) {
    await tryPackages([made.tarball, ...(values.older === undefined ? [] : [path.resolve(values.older)])]);
    console.log('Installed into an empty folder, it starts and runs a blueprint.');
    if (values.older !== undefined)
      console.log(`So does ${values.older} after it on the same database, or it says that it must not.`);
  }
}
