import { build } from '../../scripts/build.ts';

/** Runs once before all tests that start processes. */
export default async function setup(): Promise<void> {
  await build();
}
