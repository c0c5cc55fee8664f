import { Linter } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, expect, it } from 'vitest';
import { ownRules } from '../../../eslint.config.ts';

function lint(text: string): readonly string[] {
  const linter = new Linter({ configType: 'flat' });
  const messages = linter.verify(text, {
    languageOptions: { parser: tseslint.parser },
    linterOptions: { reportUnusedDisableDirectives: 'off' },
    plugins: { iceos: ownRules },
    rules: { 'iceos/explained-assertion': 'error', 'iceos/explained-exception': 'error' },
  });
  return messages.map(({ ruleId, message }) => ruleId ?? message);
}

describe('explained-assertion', () => {
  it.each([
    'const a = [1] as const;',
    'const a = b as string; // the driver says so',
    '// The driver says so.\nconst a = b as string;',
    '// The driver says so.\nconst a = {\n  b: c as string,\n};',
    'const a = {\n  // The driver says so.\n  b: c as string,\n};',
  ])('takes %j', (text) => {
    expect(lint(text)).toEqual([]);
  });

  it.each(['const a = b as string;', '// Something else.\n\nconst a = b as string;', 'f(b as unknown as string);'])(
    'refuses %j',
    (text) => {
      expect(new Set(lint(text))).toEqual(new Set(['iceos/explained-assertion']));
    },
  );
});

describe('explained-exception', () => {
  it('takes one line with its reason, and nothing else', () => {
    expect(lint('// eslint-disable-next-line eqeqeq -- null and undefined are one here\nconst a = 1;')).toEqual([]);
    expect(lint('// eslint-disable-next-line eqeqeq\nconst a = 1;')).toEqual(['iceos/explained-exception']);
    expect(lint('/* eslint-disable eqeqeq -- everywhere */\nconst a = 1;')).toEqual(['iceos/explained-exception']);
  });
});
