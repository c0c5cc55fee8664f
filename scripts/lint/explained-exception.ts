import type { TSESLint } from '@typescript-eslint/utils';

/** A switched-off rule needs its reason after ` -- `. */
export const explainedException: TSESLint.RuleModule<'unexplained'> = {
  meta: {
    type: 'problem',
    docs: { description: 'An exception is one line with its reason.' },
    messages: { unexplained: 'Say why after ` -- `, and switch off one line only.' },
    schema: [],
  },
  create(context) {
    return {
      Program() {
        for (const comment of context.sourceCode.getAllComments()) {
          const text = comment.value.trim();
          if (!text.startsWith('eslint-disable')) continue;
          const oneLine = /^eslint-disable-(next-)?line /.test(text);
          if (!oneLine || !/ -- \S/.test(text)) context.report({ loc: comment.loc, messageId: 'unexplained' });
        }
      },
    };
  },
};
