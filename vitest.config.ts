import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { PURE_FOLDERS } from './scripts/layers.ts';

// Two copies of graphql make `instanceof GraphQLSchema` fail: everybody gets the file that Node itself resolves.
const graphql = { find: /^graphql$/, replacement: path.resolve('node_modules/graphql/index.js') };

const shared = {
  pool: 'forks',
  restoreMocks: true,
  unstubEnvs: true,
  env: { NODE_ENV: 'test' },
} as const;

const system = ['integration', 'guarantees', 'security', 'e2e'];

export default defineConfig({
  resolve: { alias: [graphql] },
  test: {
    projects: [
      {
        resolve: { alias: [graphql] },
        test: { ...shared, name: 'unit', include: ['test/unit/**/*.test.ts'] },
      },
      {
        resolve: { alias: [graphql] },
        test: {
          ...shared,
          name: 'system',
          include: system.map((folder) => `test/${folder}/**/*.test.ts`),
          // Builds the bundles that the tests start as processes, and starts a Postgres server for this run.
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/**/generated/**'],
      reporter: ['text-summary', 'html', 'json-summary'],
      thresholds: {
        lines: 85,
        branches: 85,
        [`src/{${PURE_FOLDERS.join(',')}}/**/*.ts`]: { lines: 95, branches: 95 },
      },
    },
  },
});
