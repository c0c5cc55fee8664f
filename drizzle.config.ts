import { defineConfig } from 'drizzle-kit';

/**
 * `npx drizzle-kit generate --name=...` writes the next migration from the tables. What it does not know (partitions,
 * fill factor, views) is written by hand into a migration made with `--custom`.
 */
export default defineConfig({
  dialect: 'postgresql',
  schema: [
    './src/store/tables.ts',
    './src/store/ledger-tables.ts',
    './src/store/memory-tables.ts',
    './src/store/audit-tables.ts',
    './src/store/secret-tables.ts',
  ],
  out: './migrations',
});
