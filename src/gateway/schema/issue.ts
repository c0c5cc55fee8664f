import type { Issue } from '../../core/issue.ts';
import { builder } from '../builder.ts';

export const IssueType = builder.objectRef<Issue>('Issue').implement({
  description: 'One fault: the rule, a JSON Pointer, and the place in the source where there is one.',
  fields: (t) => ({
    rule: t.exposeString('rule', { description: 'Name of the rule that found it, such as `no-cycle`.' }),
    path: t.exposeString('path', { description: 'JSON Pointer (RFC 6901) to the place; empty: the whole document.' }),
    message: t.exposeString('message', { description: 'What is wrong and what to do.' }),
    line: t.exposeInt('line', { nullable: true, description: 'In the source as it was given, from 1.' }),
    column: t.exposeInt('column', { nullable: true, description: 'In that line, from 1.' }),
  }),
});
