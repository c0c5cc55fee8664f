import { builder } from '../builder.ts';
import { numberCursors, textCursors, toConnection, toPageArguments } from '../connection.ts';
import { searchedText } from '../searched-text.ts';
import { BlueprintRevision, BlueprintType } from './blueprint-refs.ts';
import { toLocalBlueprintId } from './ids.ts';

const revisionCursors = numberCursors('revisions');
const blueprintCursors = textCursors('blueprints');

const BlueprintRevisionConnection = builder.connectionObject({
  type: BlueprintRevision,
  name: 'BlueprintRevisionConnection',
});
const BlueprintConnection = builder.connectionObject({ type: BlueprintType, name: 'BlueprintConnection' });

builder.node(BlueprintType, {
  description: 'A named graph of nodes, edited under a version lock.',
  id: { resolve: ({ id }) => id },
  loadMany: (ids, { load }) =>
    ids.map((id) => {
      const blueprintId = toLocalBlueprintId(id);
      return blueprintId === undefined ? null : load.blueprint.load(blueprintId);
    }),
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Unique in the tenant among those that are not deleted.' }),
    version: t.exposeInt('version', {
      description: 'Raised by each accepted change (edit, rename, publish, archive, ...): your expectedVersion.',
    }),
    revision: t.field({
      type: BlueprintRevision,
      nullable: true,
      description: 'The content at that version, or the newest. Null: no such version.',
      args: { version: t.arg.int({ description: 'Default: the newest.' }) },
      resolve: ({ id, version }, args, { load }) => load.revision.load({ id, version: args.version ?? version }),
    }),
    publishedRevision: t.field({
      type: BlueprintRevision,
      nullable: true,
      description: 'What runs when no version is named. Null: never published.',
      resolve: ({ id, publishedVersion }, _args, { load }) =>
        publishedVersion === undefined ? null : load.revision.load({ id, version: publishedVersion }),
    }),
    hasUnpublishedChanges: t.boolean({
      description: 'True when the newest fingerprint is not the published one.',
      resolve: ({ fingerprint, publishedFingerprint }) => fingerprint !== publishedFingerprint,
    }),
    revisions: t.field({
      type: BlueprintRevisionConnection,
      description: 'All versions, newest first.',
      args: t.arg.connectionArgs(),
      resolve: async ({ id }, args, { viewer, blueprints }) =>
        toConnection(
          await blueprints.listRevisions(viewer, id, toPageArguments(args, revisionCursors)),
          revisionCursors,
          ({ version }) => version,
        ),
    }),
    layout: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Positions on a canvas, as last set: outside version and fingerprint. Null: never set.',
      resolve: ({ id }, _args, { viewer, blueprints }) => blueprints.getLayout(viewer, id),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the first version was written.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When the newest version was written.' }),
    archivedAt: t.expose('archivedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Since when it is hidden and starts nothing. Null: it is not archived.',
    }),
    deletedAt: t.expose('deletedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was deleted. Null: it is not. `restoreBlueprint` brings it back.',
    }),
  }),
});

builder.queryFields((t) => ({
  blueprint: t.field({
    extensions: { rateLimit: { max: 6_000 } },
    type: BlueprintType,
    nullable: true,
    description: 'The blueprint of that name. Null: none that is not deleted.',
    args: { name: t.arg.string({ required: true, description: 'Its present name.' }) },
    resolve: (_root, { name }, { viewer, blueprints }) => blueprints.findBlueprint(viewer, searchedText(name, 'name')),
  }),
  blueprints: t.field({
    type: BlueprintConnection,
    nullable: true,
    description: 'All blueprints, by name.',
    args: {
      ...t.arg.connectionArgs(),
      archived: t.arg.boolean({
        required: true,
        defaultValue: false,
        description: 'True: archived ones too. Default false.',
      }),
      nameContains: t.arg.string({ description: 'Only those whose name has this in it; case does not matter.' }),
    },
    resolve: async (_root, args, { viewer, blueprints }) => {
      const nameContains = searchedText(args.nameContains ?? '', 'nameContains') || undefined;
      const filter = { archived: args.archived, nameContains };
      const page = await blueprints.listBlueprints(viewer, filter, toPageArguments(args, blueprintCursors));
      return toConnection(page, blueprintCursors, ({ name }) => name);
    },
  }),
}));
