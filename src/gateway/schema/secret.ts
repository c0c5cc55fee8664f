import type {
  DeleteSecretError,
  SecretRecord,
  SecretVersionConflict as Conflict,
} from '../../use-cases/secret-use-cases.ts';
import { builder } from '../builder.ts';
import { textCursors, toConnection, toPageArguments } from '../connection.ts';
import { ErrorInterface, resultUnion } from '../result-union.ts';
import { InvalidInputError, NotFoundError } from './error.ts';

const Secret = builder.objectRef<SecretRecord>('Secret');

builder.node(Secret, {
  description: 'A secret of your tenant, without its value: values only go in. Nodes and policies know it by its name.',
  id: { resolve: ({ name }) => name },
  loadMany: async (names, { viewer, secrets }) => {
    const found = await secrets.getSecrets(viewer, names);
    return found.map((secret) => secret ?? null);
  },
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What nodes, tools and the policy call it.' }),
    version: t.exposeInt('version', { description: 'Raised by each change of the value: your expectedVersion.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was set first.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When its value was set.' }),
    updatedBy: t.exposeString('updatedBy', { description: 'Who set it.' }),
  }),
});

const SecretConnection = builder.connectionObject({ type: Secret, name: 'SecretConnection' });
const cursors = textCursors('secrets');

builder.queryFields((t) => ({
  secrets: t.field({
    type: SecretConnection,
    nullable: true,
    description: 'The secrets of your tenant by name, without their values. Needs `secrets`.',
    args: t.arg.connectionArgs(),
    resolve: async (_root, args, { viewer, secrets }) =>
      toConnection(await secrets.listSecrets(viewer, toPageArguments(args, cursors)), cursors, ({ name }) => name),
  }),
  secret: t.field({
    type: Secret,
    nullable: true,
    description: 'The secret of that name, without its value; null when there is none. Needs `secrets`.',
    args: { name: t.arg.string({ required: true, description: 'Its name.' }) },
    resolve: async (_root, { name }, { viewer, secrets }) => (await secrets.getSecrets(viewer, [name]))[0] ?? null,
  }),
}));

const SecretVersionConflict = builder.objectRef<Conflict>('SecretVersionConflict').implement({
  description: 'Someone else has changed the secret first. Nothing was stored.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    expectedVersion: t.exposeInt('expectedVersion', { description: 'As you gave it.' }),
    actualVersion: t.exposeInt('actualVersion', { description: 'What it is now; 0: there is none of that name.' }),
    current: t.field({
      type: Secret,
      nullable: true,
      description: 'The secret as it is now. Null: there is none of that name.',
      resolve: ({ current }) => current ?? null,
    }),
  }),
});

const success = (verb: string, description: string) =>
  builder.objectRef<{ readonly secret: SecretRecord }>(`${verb}Success`).implement({
    description,
    fields: (t) => ({ secret: t.expose('secret', { type: Secret, description: 'The secret, without its value.' }) }),
  });

const SetSecretResult = resultUnion('SetSecret', {
  success: success('SetSecret', 'The value is stored. Attempts that start from now on get it.'),
  errors: { SecretVersionConflict, InvalidInputError },
});

const DeleteSecretResult = resultUnion<{ readonly secret: SecretRecord }, DeleteSecretError>('DeleteSecret', {
  success: success('DeleteSecret', 'It is gone; the secret is as it was.'),
  errors: { SecretVersionConflict, NotFoundError },
});

const SetSecretInput = builder.inputType('SetSecretInput', {
  description: 'A secret as it shall be. Send the value as a variable, never in the text of the document.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Small letters, digits, `_` and `-`, a letter first; at most 64.' }),
    value: t.string({ required: true, description: 'Text of 8 bytes to 16 KiB (ICEOS_MAX_SECRET_BYTES).' }),
    expectedVersion: t.int({ required: true, description: 'The version that you have seen; 0 to make it.' }),
  }),
});

const DeleteSecretInput = builder.inputType('DeleteSecretInput', {
  description: 'Which secret.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Its name.' }),
    expectedVersion: t.int({ required: true, description: 'The version that you have seen.' }),
  }),
});

builder.mutationFields((t) => ({
  setSecret: t.field({
    extensions: { rateLimit: { max: 120 } },
    type: SetSecretResult,
    nullable: true,
    description:
      'Makes a secret or replaces its value, under its version lock; a tenant has at most 1,000 (ICEOS_MAX_SECRETS). It is kept encrypted, and no field shows it. Needs `secrets`.',
    args: { input: t.arg({ type: SetSecretInput, required: true, description: 'What to do.' }) },
    resolve: async (_root, { input }, { viewer, secrets }) => {
      const set = await secrets.setSecret(viewer, input);
      return set.ok ? { secret: set.value } : set.error;
    },
  }),
  deleteSecret: t.field({
    type: DeleteSecretResult,
    nullable: true,
    description: 'Deletes a secret at that version. Attempts that have it keep it to their end. Needs `secrets`.',
    args: { input: t.arg({ type: DeleteSecretInput, required: true, description: 'What to do.' }) },
    resolve: async (_root, { input }, { viewer, secrets }) => {
      const deleted = await secrets.deleteSecret(viewer, input);
      return deleted.ok ? { secret: deleted.value } : deleted.error;
    },
  }),
}));
