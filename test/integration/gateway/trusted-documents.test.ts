import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readTrustedDocuments, TrustedDocumentsError } from '../../../src/app/read-trusted-documents.ts';
import { parseDocuments } from '../../../src/gateway/trusted-documents.ts';
import { postGraphQL, startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { TRANSPORTS, type Operation } from '../../support/transports.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const TRUSTED = 'query Me { viewer { subject } }';
const DEEP = `query Deep { node(id: "x") { ... on Blueprint { ${'revision { blueprint { '.repeat(10)}id${' } }'.repeat(10)} } } }`;
const documents = new Map([TRUSTED, DEEP].map((text) => [sha256(text), text]));
const byHash = (text: string): Operation => ({
  query: '',
  extensions: { persistedQuery: { version: 1, sha256Hash: sha256(text) } },
});
const codeOf = (errors: readonly { readonly extensions?: Record<string, unknown> | undefined }[] | undefined) =>
  errors?.[0]?.extensions?.['code'];

describe.each([
  ['beside others', false],
  ['alone', true],
])('Trusted documents %s', (_case, only) => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway({ settings: { trustedDocuments: documents, trustedDocumentsOnly: only } });
  });
  afterAll(() => gateway.close());

  describe.each(TRANSPORTS)('over %s', (_name, send) => {
    it('are found by their hash, and have the limits of all', async () => {
      expect((await send(gateway.url, byHash(TRUSTED), gateway.key)).data).toEqual({ viewer: { subject: 'test' } });
      expect(codeOf((await send(gateway.url, byHash(TRUSTED), undefined)).errors)).toBe('UNAUTHENTICATED');
      expect((await send(gateway.url, byHash(DEEP), gateway.key)).errors?.[0]?.message).toContain('levels deep');
      const { errors } = await send(gateway.url, byHash('{ viewer { scopes } }'), gateway.key);
      expect(errors).toMatchObject([
        { message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } },
      ]);
    });

    it(`${only ? 'let no' : 'let each'} other text run`, async () => {
      const { data, errors } = await send(gateway.url, { query: '{ viewer { subject } }' }, gateway.key);
      if (only) expect(codeOf(errors)).toBe('FORBIDDEN');
      else expect(data).toEqual({ viewer: { subject: 'test' } });
      expect((await send(gateway.url, { query: TRUSTED }, gateway.key)).data).toEqual({ viewer: { subject: 'test' } });
    });
  });

  it('are told apart from a request that names none', async () => {
    const response = await postGraphQL(gateway.url, {}, { authorization: `Bearer ${gateway.key}` });
    expect(await response.text()).toContain('Must provide query string');
  });
});

describe('The list of trusted documents', () => {
  it('is that of the command line where no file is given', async () => {
    const ours = await readTrustedDocuments(undefined);
    expect([...ours.values()].some((text) => text.includes('mutation StartExecution('))).toBe(true);
    expect([...ours.values()].every((text) => /^\s*(query|mutation|subscription) /.test(text))).toBe(true);
  });

  it('keeps the server from starting where it cannot be read', async () => {
    await expect(readTrustedDocuments('/nowhere/documents.json')).rejects.toThrow(TrustedDocumentsError);
    expect(parseDocuments('{')).toEqual({ ok: false, error: 'is no JSON' });
    expect(parseDocuments('["a"]')).toEqual({ ok: false, error: 'is no JSON object of documents by their hash' });
    expect(parseDocuments('{"a": "{ b }"}')).toEqual({ ok: true, value: new Map([['a', '{ b }']]) });
  });
});

describe('An operation that takes too long', () => {
  let gateway: TestGateway;
  let release: (() => void) | undefined;
  beforeAll(async () => {
    gateway = await startTestGateway({
      settings: { operationTimeoutMs: 200 },
      useCases: (real) => ({
        ...real,
        blueprints: {
          ...real.blueprints,
          async findBlueprint() {
            await new Promise<void>((resolve) => (release = resolve));
            return undefined;
          },
        },
      }),
    });
  });
  afterAll(async () => {
    release?.();
    await gateway.close();
  });

  it.each(TRANSPORTS)('over %s is answered with an error', async (_name, send) => {
    const { data, errors } = await send(gateway.url, { query: '{ blueprint(name: "slow") { id } }' }, gateway.key);
    release?.();
    expect(data ?? null).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: 'TIMEOUT' } }]);
    expect(errors?.[0]?.message).toContain('longer than 200 ms (ICEOS_OPERATION_TIMEOUT_MS)');
  });

  it('has the status of a gateway that waits in vain', async () => {
    const accept = 'application/graphql-response+json';
    const headers = { authorization: `Bearer ${gateway.key}`, accept };
    const response = await postGraphQL(gateway.url, { query: '{ blueprint(name: "slow") { id } }' }, headers);
    release?.();
    expect(response.status).toBe(504);
    z.object({ errors: z.array(z.unknown()) }).parse(await response.json());
  });
});
