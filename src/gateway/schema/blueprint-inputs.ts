import { builder } from '../builder.ts';
import { OnConflict } from './blueprint-enums.ts';

const EXPECTED_VERSION = 'The `version` that you have seen.';

const BlueprintNodeInput = builder.inputType('BlueprintNodeInput', {
  description: 'A new node at the top level.',
  fields: (t) => ({
    name: t.string({
      required: true,
      description: 'Unique in the blueprint: `[a-z][a-z0-9_]*`, at most 64 characters.',
    }),
    kind: t.string({ required: true, description: 'One of `nodeKinds`.' }),
    after: t.stringList({
      required: true,
      defaultValue: [],
      description: 'Nodes to wait for although nothing is read of them. Default none.',
    }),
    spec: t.field({ type: 'JSON', required: true, description: 'What the JSON Schema of the kind asks for besides.' }),
  }),
});

const PatchNodeInput = builder.inputType('PatchNodeInput', {
  description: 'A change of one node; what is absent stays.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Which node at the top level.' }),
    after: t.stringList({ description: 'Replaces the list. Absent: it stays.' }),
    spec: t.field({ type: 'JSON', description: 'JSON Merge Patch (RFC 7396) of the spec: null removes a member.' }),
  }),
});

const RenameNodeInput = builder.inputType('RenameNodeInput', {
  description: 'A new name for a node; references to it follow.',
  fields: (t) => ({
    from: t.string({ required: true, description: 'Its present name.' }),
    to: t.string({ required: true, description: 'Its new name.' }),
  }),
});

export const BlueprintEdit = builder.inputType('BlueprintEdit', {
  description: 'One edit: exactly one of these.',
  isOneOf: true,
  fields: (t) => ({
    replace: t.string({ description: 'The whole document, YAML or JSON; another `name` in it renames.' }),
    rename: t.string({ description: 'A new name for the blueprint.' }),
    addNode: t.field({ type: BlueprintNodeInput, description: 'A new node at the top level.' }),
    patchNode: t.field({ type: PatchNodeInput, description: 'A change of one node.' }),
    renameNode: t.field({ type: RenameNodeInput, description: 'A new name for a node.' }),
    removeNode: t.string({ description: 'Name of a node to take away.' }),
  }),
});

export const CreateBlueprintInput = builder.inputType('CreateBlueprintInput', {
  description: 'A new blueprint.',
  fields: (t) => ({
    source: t.string({ required: true, description: 'The whole document, YAML or JSON, at most 1 MiB.' }),
  }),
});

export const UpdateBlueprintInput = builder.inputType('UpdateBlueprintInput', {
  description: 'A change of content or name.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Of the blueprint.' }),
    expectedVersion: t.int({ required: true, description: EXPECTED_VERSION }),
    onConflict: t.field({
      type: OnConflict,
      required: true,
      defaultValue: 'reject',
      description: 'When someone else wrote first. Default REJECT.',
    }),
    edits: t.field({
      type: [BlueprintEdit],
      required: true,
      description: 'Applied in order, all or none, as one version; 1 to 1,000.',
    }),
  }),
});

export const PublishBlueprintInput = builder.inputType('PublishBlueprintInput', {
  description: 'Which version shall run when none is named.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Of the blueprint.' }),
    expectedVersion: t.int({ required: true, description: EXPECTED_VERSION }),
    version: t.int({ description: 'Which to publish; the expected one by default.' }),
  }),
});

const lockInput = (name: string, description: string) =>
  builder.inputType(name, {
    description,
    fields: (t) => ({
      id: t.id({ required: true, description: 'Of the blueprint.' }),
      expectedVersion: t.int({ required: true, description: EXPECTED_VERSION }),
    }),
  });

export const ArchiveBlueprintInput = lockInput('ArchiveBlueprintInput', 'Which blueprint to hide.');
export const DeleteBlueprintInput = lockInput('DeleteBlueprintInput', 'Which blueprint to delete.');
export const RestoreBlueprintInput = lockInput('RestoreBlueprintInput', 'Which blueprint to bring back.');

export const SetBlueprintLayoutInput = builder.inputType('SetBlueprintLayoutInput', {
  description: 'Positions on a canvas.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Of the blueprint.' }),
    layout: t.field({ type: 'JSON', required: true, description: 'Whatever the canvas wants to find again; 512 KiB.' }),
  }),
});
