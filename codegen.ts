import type { CodegenConfig } from '@graphql-codegen/cli';

// How the scalars look in JSON; clients may use the same map.
const scalars = {
  DateTime: 'string',
  SafeInt: 'number',
  BigInt: 'string',
  JSON: { input: 'unknown', output: 'unknown' },
};

const operations = (documents: string): CodegenConfig['generates'][string] => ({
  documents,
  preset: 'client',
  presetConfig: { fragmentMasking: false },
  config: {
    scalars,
    useTypeImports: true,
    enumsAsTypes: true,
    strictScalars: true,
    documentMode: 'string',
    importExtension: '.ts',
  },
});

/** Typed operations from schema.graphql, which `npm run codegen` prints from the code before it reads this. */
const config: CodegenConfig = {
  schema: 'schema.graphql',
  generates: {
    'src/cli/generated/': operations('src/cli/operations.graphql'),
    'test/support/generated/': operations('test/support/operations.graphql'),
  },
};

export default config;
