import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import type { Environment } from '../../src/config.ts';
import type { TenantId } from '../../src/core/ids.ts';
import { startTestGateway, type GraphQLAnswer, type TestGateway } from './gateway.ts';
import { newTenantId } from './journal.ts';
import { startModelServer, type Behaviour, type ModelServer } from './model-server.ts';

const configOf = (baseUrl: string): string => `export default {
  providers: { here: { protocol: 'local' }, remote: { protocol: 'openai-compatible', baseUrl: '${baseUrl}' } },
  models: {
    meaning: { provider: 'here', kind: 'embedding', model: 'use-lite-en', dimensions: 512 },
    paid: {
      provider: 'remote', kind: 'embedding', model: 'v-1', dimensions: 4, retries: 0,
      price: [{ from: '2026-01-01', rates: { inputUsdMicros: 2_000_000n, outputUsdMicros: 0n } }],
    },
  },
  memories: {
    docs: { kind: 'semantic', model: 'meaning', guarantees: ['vectorised', 'durable'] },
    priced: { kind: 'semantic', model: 'paid' },
    moved: { kind: 'semantic', model: 'paid', collection: 'moving' },
    chat: { kind: 'episodic' },
  },
};
`;

const REMEMBER = `mutation ($memory: String!, $facts: [FactInput!]!) {
  rememberFacts(input: { memory: $memory, facts: $facts }) {
    __typename
    ... on RememberFactsSuccess { ids evicted }
    ... on EmbeddingFailedError { retryable }
    ... on DailyLimitExceededError { limitUsdMicros freesAt }
    ... on Error { message }
  }
}`;
export const FIND = `query ($memory: String!, $about: String!, $first: Int, $subject: String, $metadata: JSON) {
  facts(memory: $memory, about: $about, first: $first, subject: $subject, metadata: $metadata) {
    score
    fact { id text subject metadata expiresAt }
  }
}`;

interface Remembered {
  readonly __typename: string;
  readonly message?: string;
  readonly ids?: readonly string[];
}

/** A gateway with memories, on the local model (`docs`) and on one that costs (`priced`, `moved`), and a tenant of its own. */
export interface MemoryScene {
  readonly gateway: TestGateway;
  /** Who serves the model that costs. */
  readonly server: ModelServer;
  readonly tenant: TenantId;
  behave(behaviour: Behaviour): void;
  run(query: string, variables?: Record<string, unknown>, by?: string): Promise<GraphQLAnswer>;
  remember(memory: string, facts: readonly object[], by?: string): Promise<Remembered>;
  close(): Promise<void>;
}

/** The vectors of the model that costs, of so many tokens. */
export const embeds = (tokens: number): Behaviour => ({ kind: 'embeds', embedded: { tokens } });

export async function openMemoryScene(environment: Environment = {}): Promise<MemoryScene> {
  let behaviour = embeds(5);
  const server = await startModelServer('openai-compatible', () => behaviour);
  const folder = await mkdtemp(path.join(tmpdir(), 'iceos-memory-'));
  const file = path.join(folder, 'iceos.config.mjs');
  await writeFile(file, configOf(server.baseUrl));
  const gateway = await startTestGateway({ environment: { ...environment, ICEOS_CONFIG: file } });
  const tenant = newTenantId();
  const key = await gateway.createKey({ tenant });
  const run: MemoryScene['run'] = (query, variables = {}, by = key) => gateway.run(query, variables, by);
  return {
    ...{ gateway, server, tenant, run },
    behave(wanted) {
      behaviour = wanted;
    },
    async remember(memory, facts, by) {
      const { data, errors } = await run(REMEMBER, { memory, facts }, by);
      expect(errors).toBeUndefined();
      return data?.['rememberFacts'] as Remembered; // as the document asks for it
    },
    async close() {
      await gateway.close();
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}
