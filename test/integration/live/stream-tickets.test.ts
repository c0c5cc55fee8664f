import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import type { BlueprintId, ExecutionId } from '../../../src/core/ids.ts';
import { eventSourceUrl, eventsOf, runEventSource } from '../../support/event-source.ts';
import { startTestIssuer, type TestIssuer } from '../../support/issuer.ts';
import { executionGlobalId, openLiveScene, type LiveScene } from '../../support/live-scene.ts';
import { code } from '../../support/scripted-code.ts';

const WATCH = `subscription ($id: ID!) { executionEvents(executionId: $id) {
  __typename ... on Error { message }
  ... on ExecutionSnapshot { execution { id status input output events(first: 1) { edges { node { sequence } } } } nodes { path status } }
  ... on ExecutionEvents { execution { status output } } } }`;
const CREATE = `mutation ($executionId: ID!, $lifetimeMs: SafeInt) {
  createStreamTicket(input: { executionId: $executionId, lifetimeMs: $lifetimeMs }) {
    __typename ... on Error { message } ... on CreateStreamTicketSuccess { ticket expiresAt } } }`;
const Ticket = z.object({ ticket: z.string().regex(/^ist_[0-9A-Za-z]{43}$/), expiresAt: z.iso.datetime() });

let scene: LiveScene;
let issuer: TestIssuer;
let held: BlueprintId;
beforeAll(async () => {
  issuer = await startTestIssuer();
  scene = await openLiveScene({
    environment: { ...issuer.settings, ICEOS_MAX_STREAM_TICKETS: '20', ICEOS_MAX_TICKET_LIFETIME_MS: '120000' },
  });
  held = await scene.app.publish({ name: 'held', nodes: { wait: code({ input: { hold: true } }) }, output: 'done' });
});
afterAll(async () => {
  await scene.close();
  await issuer.close();
});

const operation = (id: ExecutionId, query = WATCH) => ({ query, variables: { id: executionGlobalId(id) } });

/** As a page asks for it with its own credential. */
async function ticketFor(id: ExecutionId, { key = scene.key, lifetimeMs = 60_000 } = {}): Promise<string> {
  const variables = { executionId: executionGlobalId(id), lifetimeMs };
  const response = await fetch(`${scene.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query: CREATE, variables }),
  });
  const { data } = z.object({ data: z.object({ createStreamTicket: z.unknown() }) }).parse(await response.json());
  return Ticket.parse(data.createStreamTicket).ticket;
}

/** As `EventSource` asks: nothing but the address, and what it accepts. */
const get = (ticket: string, asked: ReturnType<typeof operation>): Promise<Response> =>
  fetch(eventSourceUrl({ url: scene.url, ticket }, asked), { headers: { accept: 'text/event-stream' } });

async function textOf(ticket: string, asked: ReturnType<typeof operation>): Promise<string> {
  return (await get(ticket, asked)).text();
}

async function newKey(): Promise<{ key: string; id: string }> {
  const made = await scene.field(`mutation { createApiKey(input: { name: "page", scopes: ["executions:read"] }) {
    ... on CreateApiKeySuccess { key apiKey { id } } } }`);
  const { key, apiKey } = z.object({ key: z.string(), apiKey: z.object({ id: z.string() }) }).parse(made);
  return { key, id: apiKey.id };
}
const revoke = (id: string) =>
  scene.field('mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { __typename } }', { id });

describe('A stream ticket', () => {
  it('is for that execution alone, and for nothing else of it', async () => {
    const [id, other] = [await scene.app.start(held), await scene.app.start(held)];
    const ticket = await ticketFor(id);
    expect(await textOf(ticket, operation(other))).toContain('FORBIDDEN');
    const more = [
      'subscription { executions { left } }',
      'subscription ($id: ID!) { usage(executionId: $id) { __typename } }',
      'query { viewer { subject } }',
      '{ __schema { queryType { name } } }',
      'query ($id: ID!) { node(id: $id) { id } }',
      'mutation ($id: ID!) { cancelExecution(input: { id: $id }) { __typename } }',
    ];
    for (const query of more) expect(await textOf(ticket, operation(id, query)), query).toContain('FORBIDDEN');
    const blueprint = `subscription ($id: ID!) { executionEvents(executionId: $id) {
      ... on ExecutionSnapshot { execution { revision { name } } } } }`;
    const events = eventsOf((await get(ticket, operation(id, blueprint))).body);
    await events.next();
    const { value } = await events.next();
    await events.return();
    expect(value?.data).toContain('This needs the scope blueprints:read.');
  });

  it('is taken in the address of a request for events alone', async () => {
    const id = await scene.app.start(held);
    const ticket = await ticketFor(id);
    const url = eventSourceUrl({ url: scene.url, ticket }, operation(id));
    const post = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(operation(id)),
    };
    const preflighted = { headers: { 'graphql-require-preflight': '1' } };
    expect((await fetch(`${scene.url}/graphql?ticket=${ticket}`, post)).status).toBe(401);
    expect((await fetch(url, preflighted)).status).toBe(401);
    for (const name of ['authorization', 'x-api-key']) {
      const value = name === 'authorization' ? `Bearer ${ticket}` : ticket;
      const headers = { accept: 'text/event-stream', [name]: value };
      expect((await fetch(url.replace(ticket, ''), { headers })).status).toBe(401);
    }
    const socket = new WebSocket(`${scene.url.replace('http', 'ws')}/graphql?ticket=${ticket}`, 'graphql-transport-ws');
    socket.on('open', () =>
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: ticket } })),
    );
    expect(await new Promise((resolve) => socket.on('close', resolve))).toBe(4401);
    expect((await get(`${ticket.slice(0, -1)}_`, operation(id))).status).toBe(401);
  });

  it('ends with its key: no stream begins, and what is open ends within a second', async () => {
    const id = await scene.app.start(held);
    const { key, id: keyId } = await newKey();
    const ticket = await ticketFor(id, { key });
    const response = await get(ticket, operation(id));
    const revokedAtMs = Date.now();
    await revoke(keyId);
    expect(await response.text()).toContain('UNAUTHENTICATED');
    expect(Date.now() - revokedAtMs).toBeLessThan(1_500);
    expect((await get(ticket, operation(id))).status).toBe(401);
  });

  it('made with a token ends when that is denied', async () => {
    const id = await scene.app.start(held);
    const ticket = await ticketFor(id, { key: await issuer.token({ sub: 'eve' }) });
    const response = await get(ticket, operation(id));
    expect(response.status).toBe(200);
    await scene.field('mutation { denyToken(input: { kind: SUB, value: "eve" }) { __typename } }');
    await response.text();
    expect((await get(ticket, operation(id))).status).toBe(401);
  });

  it('cannot be used to connect when its time is over', async () => {
    const id = await scene.app.start(held);
    const ticket = await ticketFor(id, { lifetimeMs: 1 });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await get(ticket, operation(id))).status).toBe(401);
  });

  it('is stored as its hash, and shown nowhere', async () => {
    const ticket = await ticketFor(await scene.app.start(held));
    const { rows } = await scene.database.database.query<{ secret_hash: Buffer }>({
      text: 'select * from stream_tickets',
    });
    expect(JSON.stringify(rows.map((row) => ({ ...row, secret_hash: row.secret_hash.toString('hex') })))).not.toContain(
      ticket,
    );
    const hash = createHash('sha256').update(ticket).digest('hex');
    expect(rows.map((row) => row.secret_hash.toString('hex'))).toContain(hash);
    expect(scene.app.log.join('\n')).not.toContain('ist_');
  });

  it('is refused for what there is not, for too long a time, without the scope, and beyond the limit', async () => {
    const executionId = executionGlobalId(await scene.app.start(held));
    for (const missing of ['nonsense', executionGlobalId('01890000-0000-7000-8000-000000000009')]) {
      const message = `There is no execution with the ID "${missing}" that you may see.`;
      expect(await scene.field(CREATE, { executionId: missing })).toEqual({ __typename: 'NotFoundError', message });
    }
    for (const lifetimeMs of [0, -1, 120_001]) {
      expect(await scene.field(CREATE, { executionId, lifetimeMs })).toMatchObject({ __typename: 'InvalidInputError' });
    }
    const noScope = await issuer.token({ scope: 'blueprints:read' });
    await expect(ticketFor(await scene.app.start(held), { key: noScope })).rejects.toThrow();
    // Up to the limit, whatever was made before; all at once.
    const asked = await Promise.all(Array.from({ length: 25 }, () => scene.field(CREATE, { executionId })));
    const { rows } = await scene.database.database.query({
      text: 'select from stream_tickets where expires_at > now()',
    });
    expect(rows).toHaveLength(20);
    expect(JSON.stringify(asked)).toContain('ICEOS_MAX_STREAM_TICKETS');
    await scene.database.database.query({ text: 'delete from stream_tickets' });
  });

  it('lets EventSource follow its execution to the end, with its values', async () => {
    const id = await scene.app.start(held, { name: 'Ada' });
    const ticket = await ticketFor(id);
    // The last one here: nodes that are held go on from now on.
    const following = runEventSource({ url: scene.url, ticket }, operation(id));
    scene.gate.open();
    const { data } = await following;
    const text = JSON.stringify(data);
    expect(text).toContain('"input":{"name":"Ada"}');
    expect(text).toContain('"sequence":1');
    expect(text).toContain('"output":"done"');
    expect(text).not.toContain('errors');
  });
});
