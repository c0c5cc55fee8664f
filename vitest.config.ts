import { availableParallelism } from 'node:os';
import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { PURE_FOLDERS } from './scripts/layers.ts';
import { LongestFirst } from './test/support/sequencer.ts';

// Two copies of graphql make `instanceof GraphQLSchema` fail: everybody gets the file that Node itself resolves.
const graphql = { find: /^graphql$/, replacement: path.resolve('node_modules/graphql/index.js') };

const shared = {
  pool: 'forks',
  restoreMocks: true,
  unstubEnvs: true,
  env: { NODE_ENV: 'test' },
} as const;

const folders = (...names: readonly string[]): string[] => names.map((name) => `test/${name}/**/*.test.ts`);

const sandbox = 'test/integration/sandbox/**/*.test.ts';
const stress = 'test/security/stress.test.ts';

/** Tests that start processes and databases wait a part of their time: more of them than there are processors. */
const workers = (forEach: number): number => Math.ceil(availableParallelism() * forEach);

// These measure how long an answer takes, have to be done in a given time, or keep all processors busy: nothing else runs
// beside them.
const alone = [
  ...['cancelled-promptly', 'once-recorded-outcomes', 'resumable-subscriptions'].map(
    (name) => `test/guarantees/${name}.test.ts`,
  ),
  stress,
  'test/integration/gateway/soak.test.ts',
];

const started = {
  ...shared,
  // Builds the bundles that the tests start as processes, and starts a Postgres server for this run.
  globalSetup: ['test/support/global-setup.ts'],
  // Fails what holds up the event loop, with the stack of the culprit.
  setupFiles: ['test/support/watch-event-loop.ts'],
  testTimeout: 60_000,
  hookTimeout: 60_000,
};

export default defineConfig({
  resolve: { alias: [graphql] },
  test: {
    sequence: { sequencer: LongestFirst },
    // One after the other.
    projects: [
      {
        resolve: { alias: [graphql] },
        test: {
          ...shared,
          name: 'unit',
          include: folders('unit'),
          maxWorkers: '100%',
          // Pure code keeps nothing between tests: to load it anew for each file took three fifths of the time.
          isolate: false,
          // Properties over hundreds of blueprints, on a machine that is busy with others.
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        resolve: { alias: [graphql] },
        test: {
          ...started,
          name: 'system',
          // What a file opens it closes: the whole program is loaded once for each worker, and not for each of 150 files.
          isolate: false,
          include: folders('integration', 'e2e', 'guarantees'),
          exclude: [...alone, sandbox],
          maxWorkers: workers(1.5),
          sequence: { groupOrder: 1 },
        },
      },
      {
        resolve: { alias: [graphql] },
        test: {
          ...started,
          name: 'sandbox',
          // They count the processes and descriptors of their own process: each file has one to itself.
          include: [sandbox],
          maxWorkers: workers(1.5),
          sequence: { groupOrder: 1 },
        },
      },
      {
        resolve: { alias: [graphql] },
        test: {
          ...started,
          name: 'alone',
          include: alone,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
      {
        resolve: { alias: [graphql] },
        test: {
          ...started,
          name: 'security',
          include: folders('security'),
          exclude: [stress],
          maxWorkers: '100%',
          sequence: { groupOrder: 3 },
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/**/generated/**'],
      reporter: ['text-summary', 'html', 'json-summary'],
      thresholds: {
        lines: 90,
        statements: 90,
        branches: 85,
        [`src/{${PURE_FOLDERS.join(',')}}/**/*.ts`]: { lines: 95, branches: 95 },
      },
    },
  },
});
