import { askedGrants } from '../../blueprint/asked-grants.ts';
import type { Difference } from '../../blueprint/diff.ts';
import { nodeViewsOf } from '../../blueprint/node-view.ts';
import type { BlueprintDiff as Diff } from '../../use-cases/diff-blueprint.ts';
import type { BlueprintValidation as Validation } from '../../use-cases/validate-blueprint.ts';
import { builder } from '../builder.ts';
import { BlueprintNode, NodeGrants } from './blueprint-node.ts';
import { BlueprintRevision } from './blueprint-refs.ts';
import { Estimate } from './estimate.ts';
import { toBlueprintId } from './ids.ts';
import { IssueType } from './issue.ts';

const BlueprintDifference = builder.objectRef<Difference>('BlueprintDifference').implement({
  description: 'One place that differs between two versions. A value is null where the place is absent.',
  fields: (t) => ({
    node: t.exposeString('node', { nullable: true, description: 'The top-level node. Null outside nodes.' }),
    path: t.exposeString('path', { description: 'JSON Pointer (RFC 6901) to the place.' }),
    before: t.expose('before', { type: 'JSON', nullable: true, description: 'What it was.' }),
    after: t.expose('after', { type: 'JSON', nullable: true, description: 'What it became.' }),
  }),
});

const BlueprintDiff = builder.objectRef<Diff>('BlueprintDiff').implement({
  description: 'What changed between two versions of one blueprint.',
  fields: (t) => ({
    from: t.expose('from', { type: BlueprintRevision, description: 'The version to start from.' }),
    to: t.expose('to', { type: BlueprintRevision, description: 'The version to end at.' }),
    changes: t.expose('changes', { type: [BlueprintDifference], description: 'Every place that differs.' }),
  }),
});

const BlueprintValidation = builder.objectRef<Validation>('BlueprintValidation').implement({
  description: 'What the compiler says of a text that is stored nowhere.',
  fields: (t) => ({
    issues: t.expose('issues', {
      type: [IssueType],
      description: 'All faults at once, with line and column. Empty: it is sound.',
    }),
    warnings: t.expose('warnings', {
      type: [IssueType],
      description: 'What keeps it from nothing, and its author should look at. Empty while it has issues.',
    }),
    estimate: t.field({
      type: Estimate,
      nullable: true,
      description: 'What an execution of it takes. Null while it has issues.',
      resolve: ({ estimate }) => estimate ?? null,
    }),
    fingerprint: t.exposeString('fingerprint', { nullable: true, description: 'Null when it cannot be read.' }),
    nodes: t.field({
      type: [BlueprintNode],
      description: 'Its top-level nodes; empty when it cannot be read.',
      resolve: ({ document }) => (document === undefined ? [] : [...nodeViewsOf(document)]),
    }),
    grants: t.field({
      type: [NodeGrants],
      description: 'What its nodes ask to reach outside, at every depth.',
      resolve: ({ document }) => (document === undefined ? [] : [...askedGrants(document)]),
    }),
  }),
});

builder.queryFields((t) => ({
  blueprintDiff: t.field({
    type: BlueprintDiff,
    nullable: true,
    description: 'What changed between two versions. Null: one of them does not exist, or is not yours to see.',
    args: {
      id: t.arg.id({ required: true, description: 'Of the blueprint.' }),
      from: t.arg.int({ required: true, description: 'The version to start from.' }),
      to: t.arg.int({ required: true, description: 'The version to end at.' }),
    },
    resolve: async (_root, { id: globalId, from, to }, { viewer, blueprints }) => {
      const id = toBlueprintId(globalId);
      return id === undefined ? null : ((await blueprints.diffBlueprint(viewer, { id, from, to })) ?? null);
    },
  }),
  validateBlueprint: t.field({
    extensions: { complexity: { weight: 50 }, rateLimit: { max: 1_200 } },
    type: BlueprintValidation,
    nullable: true,
    description: 'Compiles a text without storing it.',
    args: { source: t.arg.string({ required: true, description: 'The whole document, YAML or JSON, at most 1 MiB.' }) },
    resolve: (_root, { source }, { viewer, blueprints }) => blueprints.validateBlueprint(viewer, { source }),
  }),
}));
