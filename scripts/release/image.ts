import { run } from './run.ts';

const DOCKERFILE = 'deploy/docker/Dockerfile';
const SMOKE_MS = 60_000;

/** The engine that can build images here: its daemon answers. */
export async function imageEngine(cwd: string): Promise<string | undefined> {
  for (const engine of ['docker', 'podman']) {
    if (await succeeds(engine, ['info'], cwd)) return engine;
  }
  return undefined;
}

/** Builds the image of a checkout and asks the program in it for its version. Answers why it could not, where the base image is out of reach. */
export async function tryImage(engine: string, tree: string, version: string): Promise<string | undefined> {
  const base = /^ARG NODE_IMAGE=(\S+)$/m.exec(await run('cat', [DOCKERFILE], { cwd: tree }))?.[1] ?? '';
  if (!(await succeeds(engine, ['pull', base], tree))) return `${engine} cannot pull ${base}`;
  const image = `iceos:${version}`;
  await run(engine, ['build', '--file', DOCKERFILE, '--tag', image, '.'], { cwd: tree });
  const said = await run(engine, ['run', '--rm', image, '--version'], { cwd: tree, timeoutMs: SMOKE_MS });
  if (said.trim() !== version) throw new Error(`The image says that it is ${said.trim()}, not ${version}.`);
  return undefined;
}

const succeeds = (program: string, args: readonly string[], cwd: string): Promise<boolean> =>
  run(program, args, { cwd }).then(
    () => true,
    () => false,
  );
