import type { Result } from '../../core/result.ts';
import type { Json } from '../../core/json.ts';
import type { MemoryUseCases } from '../../use-cases/memory-use-cases.ts';
import type { MemoryError } from '../../use-cases/open-memory.ts';
import { builder } from '../builder.ts';
import { assertPageSize, textCursors, toConnection, toPageArguments, type CursorCodec } from '../connection.ts';
import { badRequest, problem } from '../problem.ts';

type ValueOf<Name extends keyof MemoryUseCases> =
  Awaited<ReturnType<MemoryUseCases[Name]>> extends Result<infer T, MemoryError> ? T : never;
type ListedFact = ValueOf<'listFacts'>['items'][number];
type StoredFact = Omit<ListedFact, 'place'>;
type Found = ValueOf<'findFacts'>[number];
type StoredEpisode = ValueOf<'listEpisodes'>[number];
type Collection = Awaited<ReturnType<MemoryUseCases['listCollections']>>[number];

const msOf = (at: Date | undefined): number | null => at?.getTime() ?? null;

const Fact = builder.objectRef<StoredFact>('Fact').implement({
  description: 'Something that was remembered, to be found by its meaning.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'UUID, unique in its memory: what forgetFacts takes.' }),
    subject: t.string({
      nullable: true,
      description: 'Whom or what it is about; forgetSubject deletes by it. Null: nobody.',
      resolve: ({ subject }) => subject ?? null,
    }),
    text: t.exposeString('text', { description: 'What was remembered.' }),
    metadata: t.expose('metadata', {
      type: 'JSON',
      description: 'An object of your own, such as `{ "file": "a.md" }`.',
    }),
    tokens: t.expose('tokens', { type: 'SafeInt', description: 'Of the text, estimated.' }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was stored.',
      resolve: (of) => of.createdAt.getTime(),
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'From then on nobody finds it. Null: until it is forgotten, or the collection is full of newer ones.',
      resolve: (of) => msOf(of.expiresAt),
    }),
  }),
});

const FoundFact = builder.objectRef<Found>('FoundFact').implement({
  description: 'A fact, and how near it is to what was asked.',
  fields: (t) => ({
    score: t.exposeFloat('score', {
      description: 'Cosine of the angle between the two: 1 for the same meaning, down to -1.',
    }),
    fact: t.field({ type: Fact, description: 'The fact.', resolve: (found) => found }),
  }),
});

const Episode = builder.objectRef<StoredEpisode>('Episode').implement({
  description: 'Something that happened in an execution, kept for later ones of the same session.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'UUID, unique in its session.' }),
    subject: t.string({
      nullable: true,
      description: 'Whom or what it is about; forgetSubject deletes by it. Null: nobody.',
      resolve: ({ subject }) => subject ?? null,
    }),
    content: t.exposeString('content', { description: 'What happened.' }),
    tokens: t.expose('tokens', { type: 'SafeInt', description: 'Of the content, estimated.' }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was stored.',
      resolve: (of) => of.createdAt.getTime(),
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'From then on nobody is told of it. Null: until it is forgotten, or the session is full of newer ones.',
      resolve: (of) => msOf(of.expiresAt),
    }),
  }),
});

type Job = NonNullable<Collection['reembedding']>;

const Reembedding = builder.objectRef<Job>('Reembedding').implement({
  description: 'The change of the model of a collection. The old vectors are read until all new ones are there.',
  fields: (t) => ({
    model: t.exposeString('model', {
      description: 'The model that it shall have, by the name that its provider uses.',
    }),
    dimensions: t.exposeInt('dimensions', { description: 'Numbers of each of its vectors.' }),
    done: t.expose('done', { type: 'SafeInt', description: 'Facts that have their new vector.' }),
    total: t.expose('total', { type: 'SafeInt', description: 'Facts that need one.' }),
  }),
});

export const MemoryCollection = builder.objectRef<Collection>('MemoryCollection').implement({
  description: 'The facts that your tenant has in one semantic memory.',
  fields: (t) => ({
    name: t.exposeString('name', {
      description: 'As the configuration says it; unless it does, the name of the memory.',
    }),
    model: t.exposeString('model', { description: 'Who made its vectors, by the name that the provider uses.' }),
    dimensions: t.exposeInt('dimensions', { description: 'Numbers of each vector.' }),
    factCount: t.expose('factCount', {
      type: 'SafeInt',
      description: 'How many facts there are, those whose lifetime is over for at most some minutes too.',
    }),
    createdAt: t.field({ type: 'DateTime', description: 'When it was made.', resolve: (of) => of.createdAt.getTime() }),
    reembedding: t.field({
      type: Reembedding,
      nullable: true,
      description: 'The change of its model that is on its way. Null: there is none.',
      resolve: ({ reembedding }) => reembedding ?? null,
    }),
  }),
});

const FactConnection = builder.connectionObject({ type: Fact, name: 'FactConnection' });
const texts = textCursors('facts');
const cursors: CursorCodec<ListedFact['place']> = {
  encode: ({ micros, id }) => texts.encode(`${micros}/${id}`),
  decode(cursor) {
    const [, micros, id] =
      /^(\d{1,16})\/([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/.exec(texts.decode(cursor) ?? '') ?? [];
    return micros === undefined || id === undefined ? undefined : { micros, id };
  },
};

/** The value of a query; an error is one of this field alone. */
function valueOf<T>(result: Result<T, MemoryError>): T {
  if (result.ok) return result.value;
  const { error } = result;
  if (error.kind === 'DailyLimitExceededError') throw problem('RATE_LIMITED', error.message);
  throw error.kind === 'EmbeddingFailedError' && error.retryable
    ? problem('UNAVAILABLE', error.message)
    : badRequest(error.message);
}

function limitOf(first: number | null | undefined): number | undefined {
  if (typeof first !== 'number') return undefined;
  assertPageSize(first, 'first');
  return first;
}

const METADATA = 'Only facts whose metadata has these members, each with just this value: an object of plain values.';
const SEMANTIC = 'Name of a registered memory of kind `semantic`.';
const asJson = (value: Json | null | undefined): Json | undefined => value ?? undefined;

builder.queryFields((t) => ({
  facts: t.field({
    extensions: { complexity: { weight: 50 }, rateLimit: { max: 600 } },
    type: [FoundFact],
    nullable: true,
    description:
      'Facts by meaning, the nearest first: every fact of the collection is looked at. What is asked is embedded, which is charged to your tenant. Needs `memory:read`.',
    args: {
      memory: t.arg.string({ required: true, description: SEMANTIC }),
      about: t.arg.string({
        required: true,
        description: 'What they shall be about. At most 8 KiB (ICEOS_MEMORY_MAX_TEXT_BYTES).',
      }),
      first: t.arg.int({ description: 'The nearest so many: 1 to 100, default 10 (ICEOS_MEMORY_DEFAULT_RESULTS).' }),
      subject: t.arg.string({ description: 'Only facts about exactly this subject.' }),
      metadata: t.arg({ type: 'JSON', description: METADATA }),
    },
    resolve: async (_root, { memory: name, about, first, subject, metadata }, { viewer, memory }) => {
      const narrowed = { subject: subject ?? undefined, metadata: asJson(metadata) };
      return [...valueOf(await memory.findFacts(viewer, { memory: name, about, limit: limitOf(first), ...narrowed }))];
    },
  }),
  storedFacts: t.field({
    type: FactConnection,
    nullable: true,
    description: 'Facts in the order in which they were remembered; no model is asked. Needs `memory:read`.',
    args: {
      memory: t.arg.string({ required: true, description: SEMANTIC }),
      ...t.arg.connectionArgs(),
      metadata: t.arg({ type: 'JSON', description: METADATA }),
    },
    resolve: async (_root, { memory: name, metadata, ...page }, { viewer, memory }) => {
      const input = { memory: name, metadata: asJson(metadata) };
      const found = valueOf(await memory.listFacts(viewer, input, toPageArguments(page, cursors)));
      return toConnection<ListedFact, ListedFact['place']>(found, cursors, ({ place }) => place);
    },
  }),
  episodes: t.field({
    type: [Episode],
    nullable: true,
    description: 'The latest episodes of a session, the oldest of them first. Needs `memory:read`.',
    args: {
      memory: t.arg.string({ required: true, description: 'Name of a registered memory of kind `episodic`.' }),
      session: t.arg.string({ required: true, description: 'The session.' }),
      first: t.arg.int({ description: 'The latest so many: 1 to 100, default 10 (ICEOS_MEMORY_DEFAULT_RESULTS).' }),
    },
    resolve: async (_root, { memory: name, session, first }, { viewer, memory }) => [
      ...valueOf(await memory.listEpisodes(viewer, { memory: name, session, limit: limitOf(first) })),
    ],
  }),
  memoryCollections: t.field({
    type: [MemoryCollection],
    nullable: true,
    description:
      'All collections of your tenant, by name: at most 100 (ICEOS_MEMORY_MAX_COLLECTIONS). Needs `memory:read`.',
    resolve: async (_root, _args, { viewer, memory }) => [...(await memory.listCollections(viewer))],
  }),
}));
