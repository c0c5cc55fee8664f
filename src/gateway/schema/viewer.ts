import type { Viewer as AuthenticatedViewer } from '../../use-cases/viewer.ts';
import { builder } from '../builder.ts';

const Viewer = builder.objectRef<AuthenticatedViewer>('Viewer').implement({
  description: 'Who is asking, after authentication.',
  fields: (t) => ({
    subject: t.exposeString('subject', { description: 'Name of the API key; stands in revisions as the author.' }),
    scopes: t.stringList({
      description: 'What it may do, such as `blueprints:read`.',
      resolve: ({ scopes }) => [...scopes].toSorted(),
    }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({
    type: Viewer,
    nullable: true,
    description: 'Who you are to this server.',
    resolve: (_root, _args, { viewer }) => viewer,
  }),
);
