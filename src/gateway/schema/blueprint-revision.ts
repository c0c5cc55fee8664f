import { formatBlueprint } from '../../blueprint/yaml.ts';
import { askedGrants } from '../../blueprint/asked-grants.ts';
import { nodeViewsOf } from '../../blueprint/node-view.ts';
import { builder } from '../builder.ts';
import { RevisionChange, SourceFormat } from './blueprint-enums.ts';
import { BlueprintNode, NodeGrants } from './blueprint-node.ts';
import { BlueprintRevision } from './blueprint-refs.ts';
import { Estimate } from './estimate.ts';
import { parseRevisionLocalId, revisionLocalId } from './ids.ts';
import { IssueType } from './issue.ts';

builder.node(BlueprintRevision, {
  description: 'The immutable content of a blueprint at one version.',
  id: { resolve: revisionLocalId },
  loadMany: (ids, { load }) =>
    ids.map((id) => {
      const key = parseRevisionLocalId(id);
      return key === undefined ? null : load.revision.load(key);
    }),
  fields: (t) => ({
    version: t.exposeInt('version', { description: 'Counted from 1, one for each accepted change.' }),
    name: t.exposeString('name', { description: 'What the blueprint was called then.' }),
    change: t.expose('change', { type: RevisionChange, description: 'What made this version.' }),
    fingerprint: t.exposeString('fingerprint', {
      description: 'SHA-256 of the canonical form, in hex. Equal fingerprints: nothing meaningful differs.',
    }),
    nodes: t.field({
      type: [BlueprintNode],
      description: 'All at the top level (at most 10,000): parts of one document are not paged.',
      resolve: async (revision, _args, { load }) => {
        return [...nodeViewsOf(await load.document.load(revision))];
      },
    }),
    issues: t.field({
      type: [IssueType],
      description: 'What the compiler finds today; an unpublished revision may have some.',
      resolve: async (revision, _args, { load, blueprints }) => [
        ...blueprints.examine(await load.document.load(revision)).issues,
      ],
    }),
    warnings: t.field({
      type: [IssueType],
      description: 'What keeps it from nothing, and its author should look at. Empty while it has issues.',
      resolve: async (revision, _args, { load, blueprints }) => [
        ...blueprints.examine(await load.document.load(revision)).warnings,
      ],
    }),
    estimate: t.field({
      extensions: { complexity: { weight: 20 } },
      type: Estimate,
      nullable: true,
      description: 'What an execution of it takes. Null while it has issues.',
      resolve: async (revision, _args, { load, blueprints }) =>
        blueprints.examine(await load.document.load(revision)).estimate ?? null,
    }),
    grants: t.field({
      type: [NodeGrants],
      description: 'What its nodes ask to reach outside, at every depth; nodes that ask for nothing are left out.',
      resolve: async (revision, _args, { load }) => [...askedGrants(await load.document.load(revision))],
    }),
    source: t.string({
      description: 'The whole document as text, in a canonical layout. Comments are not kept.',
      args: {
        format: t.arg({ type: SourceFormat, required: true, defaultValue: 'yaml', description: 'Default YAML.' }),
      },
      resolve: async (revision, { format }, { load }) => formatBlueprint(await load.document.load(revision), format),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When this version was written.' }),
    createdBy: t.exposeString('createdBy', { description: 'Name of the API key or subject of the token.' }),
  }),
});
