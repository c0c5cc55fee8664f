import { AST_NODE_TYPES, type TSESLint, type TSESTree } from '@typescript-eslint/utils';

/** The statement or member that an expression stands in: a comment may lie above that. */
function surroundingLine(node: TSESTree.Node): number {
  let place: TSESTree.Node = node;
  while (place.parent !== undefined && !/Statement$|Declaration$|Definition$|^Program$/.test(place.type)) {
    place = place.parent;
  }
  return place.loc.start.line;
}

const NEAR_LINES = 3;

/** `as` other than `as const` needs a comment on its line, or above it or its statement, that says why it is true. */
export const explainedAssertion: TSESLint.RuleModule<'unexplained'> = {
  meta: {
    type: 'problem',
    docs: { description: 'An assertion says why the compiler may be overruled.' },
    messages: { unexplained: 'Parse instead, or say in a comment here why this `as` is true.' },
    schema: [],
  },
  create(context) {
    const commentLines = new Set<number>();
    for (const comment of context.sourceCode.getAllComments()) {
      if (comment.value.includes('eslint-')) continue;
      for (let line = comment.loc.start.line; line <= comment.loc.end.line; line += 1) commentLines.add(line);
    }
    const explained = (node: TSESTree.Node): boolean => {
      const first = surroundingLine(node);
      // A comment far above, in a long statement, explains something else.
      if (commentLines.has(first - 1) && node.loc.start.line - first <= NEAR_LINES) return true;
      for (let line = node.loc.start.line - 1; line <= node.loc.end.line; line += 1) {
        if (commentLines.has(line)) return true;
      }
      return false;
    };
    return {
      TSAsExpression(node) {
        const isConst =
          node.typeAnnotation.type === AST_NODE_TYPES.TSTypeReference &&
          node.typeAnnotation.typeName.type === AST_NODE_TYPES.Identifier &&
          node.typeAnnotation.typeName.name === 'const';
        if (!isConst && !explained(node)) context.report({ node, messageId: 'unexplained' });
      },
    };
  },
};
