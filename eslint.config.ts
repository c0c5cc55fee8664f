import { defineConfig, globalIgnores } from 'eslint/config';
import type { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { PURE_FOLDERS } from './scripts/layers.ts';
import { explainedAssertion } from './scripts/lint/explained-assertion.ts';
import { explainedException } from './scripts/lint/explained-exception.ts';

const syntax = {
  defaultExport: {
    selector: 'ExportDefaultDeclaration, ExportSpecifier[exported.name="default"]',
    message: 'Export by name: a default export has another name in each file.',
  },
  enum: { selector: 'TSEnumDeclaration', message: 'Use a const object and its type.' },
  sync: {
    selector: [
      'CallExpression[callee.name=/Sync$/]',
      'CallExpression[callee.property.name=/Sync$/]',
      // Under another name, by a text, or handed to somebody who calls it.
      'CallExpression[callee.property.value=/Sync$/]',
      ':matches(CallExpression, NewExpression) > .arguments:matches([name=/Sync$/], [property.name=/Sync$/])',
      'ImportSpecifier[imported.name=/Sync$/]:not([local.name=/Sync$/])',
      'VariableDeclarator:matches([init.name=/Sync$/], [init.property.name=/Sync$/])',
      'ObjectPattern > Property[key.name=/Sync$/]:not([value.name=/Sync$/])',
      'MemberExpression[object.name="Atomics"]:matches([property.name="wait"], [property.value="wait"])',
    ].join(', '),
    message: 'This blocks every execution of the process; use the asynchronous form.',
  },
  environment: {
    selector: 'MemberExpression[object.name="process"][property.name="env"]',
    message: 'Settings come from src/config.ts.',
  },
  clock: {
    selector:
      'MemberExpression[object.name="Date"][property.name="now"], MemberExpression[object.name="performance"], NewExpression[callee.name="Date"][arguments.length=0]',
    message: 'This folder is pure: `now` is a parameter.',
  },
  random: {
    selector:
      'MemberExpression[object.name="Math"][property.name="random"], Identifier[name=/^random(UUID|Bytes|Int)$/]',
    message: 'This folder is pure: randomness is handed in.',
  },
  async: {
    selector: ':function[async=true], AwaitExpression',
    message: 'This folder is pure: nothing in it waits.',
  },
  io: {
    selector:
      'ImportDeclaration[source.value=/^(node:)?(fs|net|http|https|tls|child_process|worker_threads|timers|os|dgram|dns)/], CallExpression[callee.name=/^set(Timeout|Interval|Immediate)$/]',
    message: 'This folder is pure: no input, output or timers.',
  },
} as const;

const everywhere = [syntax.defaultExport, syntax.enum];

const OUTBOUND = 'fetch|WebSocket|EventSource|XMLHttpRequest';

/** Ways round the list of globals and round the table of imports, which sees what a file names in so many words. */
const outbound = {
  members: {
    selector: `MemberExpression[object.name=/^(globalThis|global|self)$/][property.name=/^(${OUTBOUND})$/], MemberExpression[object.name=/^(globalThis|global|self)$/][property.value=/^(${OUTBOUND})$/], VariableDeclarator[init.name=/^(globalThis|global|self)$/] > ObjectPattern > Property[key.name=/^(${OUTBOUND})$/]`,
    message: 'Outbound connections are opened in src/egress only.',
  },
  builtin: {
    selector:
      'MemberExpression[property.name=/^(getBuiltinModule|binding|_linkedBinding)$/], MemberExpression[property.value=/^(getBuiltinModule|binding|_linkedBinding)$/], Identifier[name="createRequire"]',
    message: 'Import the module by name, so that the table of the layers sees it.',
  },
  dynamic: {
    selector: 'ImportExpression[source.type!="Literal"], CallExpression[callee.name="require"]',
    message: 'Import by a literal name, so that the table of the layers sees it.',
  },
} as const;
const outboundGlobals = OUTBOUND.split('|').map((name) => ({
  name,
  message: 'Outbound connections are opened in src/egress only.',
}));

const noWayOut = Object.values(outbound);
const inSource = [...everywhere, syntax.sync, syntax.environment, ...noWayOut];
const inPure = [...inSource, syntax.clock, syntax.random, syntax.io];

// typescript-eslint's type of a rule names a richer context than ESLint's; at run time it is the same object.
export const ownRules = {
  rules: { 'explained-assertion': explainedAssertion, 'explained-exception': explainedException },
} as unknown as ESLint.Plugin;

export default defineConfig(
  globalIgnores([
    'dist',
    'coverage',
    'release',
    '**/generated',
    '.iceos',
    'bench/.work',
    '**/*.cjs',
    '**/*.mjs',
    '**/*.js',
  ]),
  tseslint.configs.strictTypeChecked,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    plugins: { iceos: ownRules },
    rules: {
      eqeqeq: 'error',
      'no-restricted-syntax': ['error', ...everywhere],
      'iceos/explained-exception': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'as' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // Parts are closures made by createX: their methods never read `this`.
      '@typescript-eslint/unbound-method': 'off',
      // An interface may ask for a promise where an implementation has nothing to wait for.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-console': 'error',
      'max-params': ['error', 3],
      'no-restricted-globals': ['error', ...outboundGlobals],
      'no-restricted-syntax': ['error', ...inSource],
      'iceos/explained-assertion': 'error',
    },
  },
  {
    files: [`src/{${PURE_FOLDERS.join(',')}}/**/*.ts`],
    rules: { 'no-restricted-syntax': ['error', ...inPure, syntax.async] },
  },
  {
    // Clock and Scope are the interfaces by which the other folders wait.
    files: ['src/core/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', ...inPure] },
  },
  {
    // A resolver's four or five parameters are GraphQL's.
    files: ['src/gateway/**/*.ts'],
    rules: { 'max-params': 'off' },
  },
  {
    files: ['src/egress/**/*.ts', 'src/cli/**/*.ts', 'src/client/**/*.ts'],
    rules: {
      'no-restricted-globals': 'off',
      'no-restricted-syntax': ['error', ...everywhere, syntax.sync, syntax.environment],
    },
  },
  {
    files: ['src/cli/**/*.ts'],
    rules: { 'no-console': 'off', 'no-restricted-syntax': ['error', ...everywhere, syntax.environment] },
  },
  {
    // main.ts hands the environment to parseConfig.
    files: ['src/config.ts', 'src/main.ts'],
    rules: { 'no-restricted-syntax': ['error', ...everywhere, syntax.sync, outbound.builtin, outbound.dynamic] },
  },
  {
    files: ['scripts/**/*.ts', 'bench/**/*.ts', 'examples/**/*.ts', 'test/**/*.ts'],
    rules: {
      // What comes out of JSON.parse and child processes is asserted on, not typed.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
    },
  },
  {
    // Settings files and vitest's set-up have the default export that their tool asks for.
    files: [
      '*.config.ts',
      'examples/*/iceos.config.ts',
      'test/support/*/iceos.config.ts',
      'codegen.ts',
      'test/support/global-setup.ts',
    ],
    rules: { 'no-restricted-syntax': 'off' },
  },
);
