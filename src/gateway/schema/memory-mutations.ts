import type { MemoryUseCases } from '../../use-cases/memory-use-cases.ts';
import { builder } from '../builder.ts';
import { resultUnion, unwrap } from '../result-union.ts';
import { DailyLimitExceededError, EmbeddingFailedError, InvalidInputError, NotFoundError } from './error.ts';
import { MemoryCollection } from './memory.ts';

type SuccessOf<Name extends keyof MemoryUseCases> =
  Extract<Awaited<ReturnType<MemoryUseCases[Name]>>, { readonly ok: true }> extends {
    readonly value: infer T extends object;
  }
    ? T
    : never;

const SEMANTIC = 'Name of a registered memory of kind `semantic`.';
const COLLECTION = 'The collection as it is now. Null: your tenant has nothing in that memory.';

const FactInput = builder.inputType('FactInput', {
  description: 'Something to be remembered.',
  fields: (t) => ({
    id: t.id({ description: 'A UUID of your own: a fact that has it already stays as it is. Default: a new one.' }),
    subject: t.string({
      description: 'Whom or what it is about, at most 256 characters; forgetSubject deletes by it.',
    }),
    text: t.string({ required: true, description: 'At most 8 KiB (ICEOS_MEMORY_MAX_TEXT_BYTES).' }),
    metadata: t.field({
      type: 'JSON',
      description:
        'An object of your own, at most 4 KiB (ICEOS_MEMORY_MAX_METADATA_BYTES) and 4 levels deep. Default: empty.',
    }),
    lifetimeMs: t.field({
      type: 'SafeInt',
      description:
        'After so many milliseconds nobody finds it. Default: until it is forgotten, or the collection is full of newer ones.',
    }),
  }),
});

const RememberFactsInput = builder.inputType('RememberFactsInput', {
  description: 'What to remember.',
  fields: (t) => ({
    memory: t.string({ required: true, description: SEMANTIC }),
    facts: t.field({
      type: [FactInput],
      required: true,
      description: '1 to 64 (ICEOS_MEMORY_MAX_FACTS_PER_WRITE): all are kept, or none.',
    }),
  }),
});

const RememberFactsResult = resultUnion('RememberFacts', {
  success: builder.objectRef<SuccessOf<'rememberFacts'>>('RememberFactsSuccess').implement({
    description: 'All facts are stored for good.',
    fields: (t) => ({
      ids: t.idList({ description: 'In the order of the facts.', resolve: ({ ids }) => [...ids] }),
      evicted: t.expose('evicted', {
        type: 'SafeInt',
        description: 'The oldest facts that were deleted, as the collection is full (ICEOS_MEMORY_MAX_FACTS).',
      }),
    }),
  }),
  errors: { NotFoundError, InvalidInputError, EmbeddingFailedError, DailyLimitExceededError },
});

const ForgetFactsInput = builder.inputType('ForgetFactsInput', {
  description: 'What to forget.',
  fields: (t) => ({
    memory: t.string({ required: true, description: SEMANTIC }),
    ids: t.idList({ required: true, description: '1 to 1,000; those that are not there are passed over.' }),
  }),
});

const ForgetFactsResult = resultUnion('ForgetFacts', {
  success: builder.objectRef<SuccessOf<'forgetFacts'>>('ForgetFactsSuccess').implement({
    description: 'None of them is there any more.',
    fields: (t) => ({
      forgotten: t.expose('forgotten', { type: 'SafeInt', description: 'How many there were.' }),
    }),
  }),
  errors: { NotFoundError, InvalidInputError },
});

const ForgetSubjectInput = builder.inputType('ForgetSubjectInput', {
  description: 'Whom or what to forget.',
  fields: (t) => ({ subject: t.string({ required: true, description: 'Exactly as facts and episodes name it.' }) }),
});

const ForgetSubjectResult = resultUnion('ForgetSubject', {
  success: builder.objectRef<SuccessOf<'forgetSubject'>>('ForgetSubjectSuccess').implement({
    description:
      'What was kept under the subject is gone from all memories of your tenant. Episodes of agents have none: forgetSession deletes them.',
    fields: (t) => ({
      facts: t.expose('facts', { type: 'SafeInt', description: 'How many facts were deleted, with their vectors.' }),
      episodes: t.expose('episodes', { type: 'SafeInt', description: 'How many episodes were deleted.' }),
    }),
  }),
  errors: { InvalidInputError },
});

const ForgetSessionInput = builder.inputType('ForgetSessionInput', {
  description: 'Which session to forget.',
  fields: (t) => ({
    session: t.string({
      required: true,
      description: 'Exactly as the node names it; where it names none, the ID of its execution.',
    }),
  }),
});

const ForgetSessionResult = resultUnion('ForgetSession', {
  success: builder.objectRef<SuccessOf<'forgetSession'>>('ForgetSessionSuccess').implement({
    description: 'The session has no episodes any more. An execution that still runs in it keeps one more at its end.',
    fields: (t) => ({
      episodes: t.expose('episodes', { type: 'SafeInt', description: 'How many episodes were deleted.' }),
    }),
  }),
  errors: { InvalidInputError },
});

const memoryInput = (name: string) =>
  builder.inputType(name, {
    description: 'Which memory.',
    fields: (t) => ({ memory: t.string({ required: true, description: SEMANTIC }) }),
  });

const ReembedCollectionResult = resultUnion('ReembedCollection', {
  success: builder.objectRef<SuccessOf<'reembedCollection'>>('ReembedCollectionSuccess').implement({
    description: 'How far it came. What is written stays: ask again until it is done.',
    fields: (t) => ({
      isDone: t.exposeBoolean('isDone', {
        description: 'True: all vectors are those of the model that is registered for the memory.',
      }),
      collection: t.field({
        type: MemoryCollection,
        nullable: true,
        description: COLLECTION,
        resolve: ({ collection }) => collection ?? null,
      }),
    }),
  }),
  errors: { NotFoundError, InvalidInputError, EmbeddingFailedError, DailyLimitExceededError },
});

const CancelReembeddingResult = resultUnion('CancelReembedding', {
  success: builder.objectRef<SuccessOf<'cancelReembedding'>>('CancelReembeddingSuccess').implement({
    description: 'The model of the collection is not being changed; the vectors that are read were never touched.',
    fields: (t) => ({
      canceled: t.exposeBoolean('canceled', { description: 'False: there was nothing to cancel.' }),
      collection: t.field({
        type: MemoryCollection,
        nullable: true,
        description: COLLECTION,
        resolve: ({ collection }) => collection ?? null,
      }),
    }),
  }),
  errors: { NotFoundError, InvalidInputError, EmbeddingFailedError },
});

builder.mutationFields((t) => ({
  rememberFacts: t.field({
    extensions: { complexity: { weight: 50 }, rateLimit: { max: 600 } },
    type: RememberFactsResult,
    nullable: true,
    description:
      'Remembers facts, all or none. Their texts are embedded in one call, which is charged to your tenant. Needs `memory:write`.',
    args: { input: t.arg({ type: RememberFactsInput, required: true, description: 'What to do.' }) },
    resolve: async (_root, { input: { memory: name, facts } }, { viewer, memory }) => {
      const given = facts.map(({ id, subject, text, metadata, lifetimeMs }) => ({
        ...{ text, id: id ?? undefined, subject: subject ?? undefined },
        ...{ metadata: metadata ?? undefined, lifetimeMs: lifetimeMs ?? undefined },
      }));
      return unwrap(await memory.rememberFacts(viewer, { memory: name, facts: given }));
    },
  }),
  forgetFacts: t.field({
    type: ForgetFactsResult,
    nullable: true,
    description: 'Deletes facts for good. Needs `memory:write`.',
    args: { input: t.arg({ type: ForgetFactsInput, required: true, description: 'What to do.' }) },
    resolve: async (_root, { input: { memory: name, ids } }, { viewer, memory }) =>
      unwrap(await memory.forgetFacts(viewer, { memory: name, ids })),
  }),
  forgetSubject: t.field({
    type: ForgetSubjectResult,
    nullable: true,
    description: 'Deletes all facts and episodes about a subject for good, in all memories. Needs `memory:write`.',
    args: { input: t.arg({ type: ForgetSubjectInput, required: true, description: 'What to do.' }) },
    resolve: async (_root, { input: { subject } }, { viewer, memory }) =>
      unwrap(await memory.forgetSubject(viewer, subject)),
  }),
  forgetSession: t.field({
    type: ForgetSessionResult,
    nullable: true,
    description:
      'Deletes all episodes of a session for good, whichever episodic memory keeps them. Needs `memory:write`.',
    args: { input: t.arg({ type: ForgetSessionInput, required: true, description: 'What to do.' }) },
    resolve: async (_root, { input: { session } }, { viewer, memory }) =>
      unwrap(await memory.forgetSession(viewer, session)),
  }),
  reembedCollection: t.field({
    extensions: { rateLimit: { max: 60 } },
    type: ReembedCollectionResult,
    nullable: true,
    description:
      'Gives your facts in a memory new vectors, where its model was changed in the configuration. Works for at most 20 seconds, and goes on where it was when it is asked again; `memoryCollections` shows how far it came. Charged to your tenant. Needs `memory:write`.',
    args: { input: t.arg({ type: memoryInput('ReembedCollectionInput'), required: true, description: 'What to do.' }) },
    resolve: async (_root, { input }, { viewer, memory }) =>
      unwrap(await memory.reembedCollection(viewer, input.memory)),
  }),
  cancelReembedding: t.field({
    type: CancelReembeddingResult,
    nullable: true,
    description: 'Gives up the change of the model of a collection. Needs `memory:write`.',
    args: { input: t.arg({ type: memoryInput('CancelReembeddingInput'), required: true, description: 'What to do.' }) },
    resolve: async (_root, { input }, { viewer, memory }) =>
      unwrap(await memory.cancelReembedding(viewer, input.memory)),
  }),
}));
