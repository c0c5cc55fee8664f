import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { z } from 'zod';
import { startServerProcess } from '../test/support/server-process.ts';
import { badShareName, OBJECTIVES } from '../src/telemetry/objectives.ts';
import { build, ROOT } from './build.ts';
import { DASHBOARDS } from './observability/dashboards.ts';
import { report } from './repository.ts';

const execute = promisify(execFile);
const RULES = path.join(ROOT, 'deploy/prometheus/rules.yml');
const READY_WITHIN_MS = 60_000;
const TOKEN = 'token-of-the-scrape-in-this-check';

/** What a program says, or why it fails: the exit code and both outputs. */
async function ask(program: string, args: readonly string[], input = ''): Promise<string | undefined> {
  try {
    const running = execute(program, [...args], { cwd: path.dirname(RULES) });
    running.child.stdin?.end(input);
    await running;
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if ('code' in error && error.code === 'ENOENT')
      return `${program} is missing. Install Prometheus (Debian and Ubuntu: apt-get install prometheus; macOS: brew install prometheus).`;
    const outputs = ['stdout', 'stderr'].map((name) => String(Reflect.get(error, name) ?? ''));
    return `${program} ${args.join(' ')}: ${outputs.join('\n').trim()}`;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server on TCP has an address of this shape.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const Answer = z.object({ status: z.string(), error: z.string().optional(), data: z.unknown() });
const Vector = z.object({ result: z.array(z.unknown()) });
const Alerts = z.object({
  alerts: z.array(z.object({ state: z.string(), labels: z.object({ alertname: z.string() }) })),
});

/** Prometheus with the rules of this repository, which scrapes one process each second. */
async function startPrometheus(target: string) {
  const folder = await mkdtemp(path.join(tmpdir(), 'iceos-prometheus-'));
  const config = path.join(folder, 'prometheus.yml');
  await writeFile(
    config,
    stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [RULES],
      scrape_configs: [
        {
          job_name: 'iceos',
          authorization: { credentials: TOKEN },
          static_configs: [{ targets: [new URL(target).host] }],
        },
      ],
    }),
  );
  const url = `http://127.0.0.1:${await freePort()}`;
  const args = [`--config.file=${config}`, `--storage.tsdb.path=${folder}/data`];
  const child = spawn('prometheus', [...args, `--web.listen-address=${new URL(url).host}`], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  return {
    async get(question: string): Promise<z.infer<typeof Answer> | undefined> {
      try {
        const answer = await fetch(`${url}/api/v1/${question}`);
        return Answer.parse(await answer.json());
      } catch {
        // It is only just starting, or has ended: whoever asks gives up in the end.
        return undefined;
      }
    },
    async close(): Promise<void> {
      child.kill();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type Prometheus = Awaited<ReturnType<typeof startPrometheus>>;

const resultsOf = async (prometheus: Prometheus, expression: string): Promise<number> => {
  const answer = await prometheus.get(`query?query=${encodeURIComponent(expression)}`);
  if (answer?.status !== 'success') throw new Error(`${expression}: ${answer?.error ?? 'no answer'}`);
  return Vector.parse(answer.data).result.length;
};

/** Waits until something holds; false when it does not in time. */
async function until(holds: () => Promise<boolean>): Promise<boolean> {
  const giveUpAt = performance.now() + READY_WITHIN_MS;
  while (performance.now() < giveUpAt) {
    if (await holds().catch(() => false)) return true;
    await delay(500);
  }
  return false;
}

/** What a real Prometheus finds wrong when it scrapes the running product. */
async function scrapeFaults(): Promise<string[]> {
  await build();
  const server = await startServerProcess({
    environment: { ICEOS_METRICS_TOKEN: TOKEN, ICEOS_SANDBOX: 'development' },
  });
  const faults: string[] = [];
  try {
    const metrics = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
    const lint = await ask('promtool', ['check', 'metrics'], await metrics.text());
    if (lint !== undefined) faults.push(lint);
    const prometheus = await startPrometheus(server.url);
    try {
      // Two scrapes, so that there are rates, and a first evaluation of the objectives.
      const isScraped = await until(
        async () => (await resultsOf(prometheus, badShareName('3d'))) === OBJECTIVES.length,
      );
      if (!isScraped) return [...faults, 'Prometheus did not get the metrics of the running product.'];
      for (const { title, panels } of DASHBOARDS) {
        for (const [, expression] of panels.flatMap(({ targets }) => targets)) {
          const found = await resultsOf(prometheus, expression.replaceAll('$__rate_interval', '30s'));
          if (found === 0) faults.push(`${title}: nothing answers ${expression}`);
        }
      }
      const fires = await until(async () => {
        const { alerts } = Alerts.parse((await prometheus.get('alerts'))?.data);
        return alerts.some(({ state, labels }) => labels.alertname === 'IceosWatchdog' && state === 'firing');
      });
      if (!fires) faults.push('IceosWatchdog did not fire within a real Prometheus.');
    } finally {
      await prometheus.close();
    }
  } finally {
    await server.close();
  }
  return faults;
}

const rules = await ask('promtool', ['check', 'rules', RULES]);
const tests = rules ?? (await ask('promtool', ['test', 'rules', 'rules.test.yml']));
const missing = tests ?? (await ask('prometheus', ['--version']));
const faults = missing === undefined ? await scrapeFaults() : [missing];
report(
  faults,
  'Every alert fires on its fault and is quiet without it; every dashboard is answered by the running product.',
);
