import type { CodegenConfig } from '@graphql-codegen/cli';

/** How our scalars look to clients: published as part of the contract. */
const SCALARS = {
  DateTime: 'string',
  SafeInt: 'number',
  BigInt: { input: 'string | number', output: 'string' },
  JSON: 'unknown',
} as const;

/** The typed operations of the CLI. `npm run codegen` writes `schema.graphql` from the code before it reads this. */
const config: CodegenConfig = {
  schema: 'schema.graphql',
  generates: {
    'src/cli/generated/': {
      documents: 'src/cli/operations.graphql',
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        scalars: SCALARS,
        strictScalars: true,
        // Erasable syntax only: no enum.
        enumsAsTypes: true,
        useTypeImports: true,
        documentMode: 'string',
        importExtension: '.ts',
      },
    },
  },
};

export default config;
