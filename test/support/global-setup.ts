import type { TestProject } from 'vitest/node';
import { build } from '../../scripts/build.ts';
import { startDatabaseBroker } from './database-broker.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Port at which a test asks for the databases of this run. */
    readonly databaseBroker: number;
  }
}

/** Runs once before all tests that need databases or start processes. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await build();
  const broker = await startDatabaseBroker();
  project.provide('databaseBroker', broker.port);
  return () => broker.close();
}
