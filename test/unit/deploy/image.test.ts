import { execFile } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { SETTINGS } from '../../../src/config.ts';

/** One line for each instruction, without comments. */
const instructions = (await readFile('deploy/docker/Dockerfile', 'utf8'))
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line !== '');
const textOf = (instruction: string): string | undefined =>
  instructions.findLast((line) => line.startsWith(`${instruction} `))?.slice(instruction.length + 1);
const wordsOf = (text: string | undefined): readonly string[] =>
  z.array(z.string()).parse(JSON.parse(/\[.*\]$/.exec(text ?? '')?.[0] ?? ''));

const Service = z.looseObject({
  build: z.object({ dockerfile: z.string() }),
  environment: z.record(z.string(), z.string()),
  ports: z.array(z.string()),
  profiles: z.array(z.string()),
  cap_drop: z.array(z.string()),
  security_opt: z.array(z.string()),
  read_only: z.boolean(),
  tmpfs: z.array(z.string()),
  stop_grace_period: z.string(),
  depends_on: z.record(z.string(), z.unknown()),
});

describe('the image', () => {
  it('copies what is there, and what the build is given', async () => {
    const given = (await readFile('.dockerignore', 'utf8')).match(/(?<=^!).*$/gm) ?? [];
    const copied = instructions
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from'))
      .flatMap((line) => line.split(' ').slice(1, -1));
    await Promise.all(copied.map((file) => access(file)));
    expect([...new Set(copied)].sort()).toEqual([...given].sort());
  });

  it('runs as nobody who is root, and is told to end as the server expects it', () => {
    expect(textOf('USER')).toBe('10001:10001');
    expect(textOf('STOPSIGNAL')).toBe('SIGTERM');
    expect(wordsOf(textOf('ENTRYPOINT'))).toEqual(['tini', '--', 'node', '/app/dist/main.js']);
    expect(wordsOf(textOf('CMD'))).toEqual(['serve']);
  });

  it('gives Node the flags of npm start', async () => {
    const { scripts } = z
      .object({ scripts: z.object({ start: z.string() }) })
      .parse(JSON.parse(await readFile('package.json', 'utf8')));
    const flags = /exec node (.*) dist\/main\.js serve$/.exec(scripts.start)?.[1];
    expect(textOf('ENV')).toContain(`NODE_OPTIONS="${flags}"`);
    expect(await readFile('deploy/systemd/iceos.service', 'utf8')).toContain(`/node ${flags} /opt`);
  });

  it('is healthy while the server answers', { timeout: 30_000 }, async () => {
    const [program = '', ...args] = wordsOf(textOf('HEALTHCHECK'));
    const check = async (environment: Readonly<Record<string, string>>): Promise<boolean> =>
      promisify(execFile)(program, args, { env: { PATH: process.env['PATH'], ...environment } }).then(
        () => true,
        () => false,
      );
    const asked: (string | undefined)[] = [];
    let status = 200;
    const server = createServer((request, response) => {
      asked.push(request.url);
      response.writeHead(status).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const ICEOS_PORT = String(typeof address === 'object' ? address?.port : address);
    expect(await check({ ICEOS_PORT })).toBe(true);
    status = 503;
    expect(await check({ ICEOS_PORT })).toBe(false);
    await new Promise((resolve) => server.close(resolve));
    expect(await check({ ICEOS_PORT })).toBe(false);
    expect(await check({ ICEOS_PORT, ICEOS_ROLE: 'orchestrator' })).toBe(false);
    expect(asked).toEqual(['/healthz', '/healthz']);
  });
});

describe('the service of docker-compose.yml', async () => {
  const service = Service.parse(parse(await readFile('docker-compose.yml', 'utf8')).services.iceos);

  it('is asked for by name, and reached from this machine alone', () => {
    expect(service.profiles).toEqual(['app']);
    expect(service.ports).toEqual(['127.0.0.1:4000:4000']);
    expect(service.depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
  });

  it('has what the full layer needs, and no right beyond', () => {
    expect(service.environment['ICEOS_SANDBOX_LEAST_LAYER']).toBe('full');
    expect(service.security_opt).toEqual([
      'no-new-privileges:true',
      'seccomp=deploy/docker/seccomp.json',
      'apparmor=unconfined',
    ]);
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.read_only).toBe(true);
    expect(service.tmpfs[0]).toMatch(/^\/tmp:/);
  });

  it('is given the time to end well', () => {
    const seconds = Number(/^(\d+)s$/.exec(service.stop_grace_period)?.[1]);
    expect(seconds * 1_000).toBeGreaterThan(SETTINGS.shutdownGraceMs.absent({}) + 5_000);
  });
});
