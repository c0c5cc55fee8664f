import type { PolicyRecord, PolicyVersionConflict as Conflict, SecretRule } from '../../blueprint/tenant-policy.ts';
import type { UpdatedPolicy } from '../../use-cases/update-policy.ts';
import { builder } from '../builder.ts';
import { ErrorInterface, resultUnion, unwrap } from '../result-union.ts';
import { UpdateOutcome } from './blueprint-enums.ts';
import { InvalidInputError } from './error.ts';

const HOSTS = 'Each `host:port`, such as `api.example.com:443`.';

const PolicySecret = builder.objectRef<SecretRule>('PolicySecret').implement({
  description: 'A secret, bound to where and how it may be sent. Its value is never shown.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What nodes and tools call it.' }),
    hosts: t.exposeStringList('hosts', { description: `Places that may get it. ${HOSTS}` }),
    header: t.exposeString('header', { description: 'The one header that may carry it, in lower case.' }),
    reveal: t.exposeBoolean('reveal', {
      description: 'True: tools that declare it and nodes that ask for it may have the plain text.',
    }),
  }),
});

const Policy = builder.objectRef<PolicyRecord>('Policy').implement({
  description: 'What the nodes of your tenant may reach outside of the sandbox: nothing that is not named here.',
  fields: (t) => ({
    version: t.exposeInt('version', {
      description: 'Raised by each accepted change: your expectedVersion. 0: nobody has changed it yet.',
    }),
    hosts: t.stringList({
      description: `Places that tools may call. ${HOSTS} Sorted.`,
      resolve: ({ policy }) => [...policy.hosts],
    }),
    folders: t.stringList({
      description: 'Folders that tools may read, by the names that the operator gave them. Sorted.',
      resolve: ({ policy }) => [...policy.folders],
    }),
    secrets: t.field({
      type: [PolicySecret],
      description: 'Secrets that tools may use, by name.',
      resolve: ({ policy }) => [...policy.secrets],
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When this version was written. Null: at version 0.',
    }),
    updatedBy: t.exposeString('updatedBy', {
      nullable: true,
      description: 'Name of the API key that wrote it. Null: at version 0.',
    }),
  }),
});

const PolicyVersionConflict = builder.objectRef<Conflict>('PolicyVersionConflict').implement({
  description: 'Someone else has changed the policy first. Nothing was stored.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    expectedVersion: t.exposeInt('expectedVersion', { description: 'As you gave it.' }),
    actualVersion: t.exposeInt('actualVersion', { description: 'What it is now.' }),
    current: t.expose('current', { type: Policy, description: 'The policy as it is now.' }),
  }),
});

const PolicySecretInput = builder.inputType('PolicySecretInput', {
  description: 'A secret, bound to where and how it may be sent.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Small letters, digits, `_` and `-`.' }),
    hosts: t.stringList({ required: true, description: `At most 32. ${HOSTS}` }),
    header: t.string({
      required: true,
      defaultValue: 'authorization',
      description: 'The one header that may carry it. Default authorization.',
    }),
    reveal: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Whether tools may have the plain text. Default false.',
    }),
  }),
});

const UpdatePolicyInput = builder.inputType('UpdatePolicyInput', {
  description: 'The whole policy as it shall be.',
  fields: (t) => ({
    expectedVersion: t.int({ required: true, description: 'The version that you have seen; 0 for the first change.' }),
    hosts: t.stringList({ required: true, description: `At most 1,000. ${HOSTS}` }),
    folders: t.stringList({ required: true, description: 'At most 100, of those that the operator has named.' }),
    secrets: t.field({ type: [PolicySecretInput], required: true, description: 'At most 100, each name once.' }),
  }),
});

const UpdatePolicyResult = resultUnion('UpdatePolicy', {
  success: builder.objectRef<UpdatedPolicy>('UpdatePolicySuccess').implement({
    description: 'The policy is stored, or was so already. Attempts that start from now on are held to it.',
    fields: (t) => ({
      policy: t.expose('policy', { type: Policy, description: 'The policy as it is now.' }),
      outcome: t.expose('outcome', { type: UpdateOutcome, description: 'Whether there is a new version.' }),
    }),
  }),
  errors: { PolicyVersionConflict, InvalidInputError },
});

builder.queryField('policy', (t) =>
  t.field({
    type: Policy,
    nullable: true,
    description: 'What the nodes of your tenant may reach. Needs `blueprints:read` or `grants:write`.',
    resolve: (_root, _args, { viewer, policies }) => policies.getPolicy(viewer),
  }),
);

builder.mutationField('updatePolicy', (t) =>
  t.field({
    type: UpdatePolicyResult,
    nullable: true,
    description: 'Replaces the policy under its version lock. Needs `grants:write`.',
    args: { input: t.arg({ type: UpdatePolicyInput, required: true, description: 'What to do.' }) },
    resolve: async (_root, { input: { expectedVersion, ...policy } }, { viewer, policies }) =>
      unwrap(await policies.updatePolicy(viewer, { expectedVersion, policy })),
  }),
);
