import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Take minutes: begun last, they would keep one worker busy when all others are done. */
const LONG = ['guarantees/durable', 'guarantees/exact-ledger', 'store/embedded', 'store/migrations', 'e2e/ask-demo'];

const isLong = ({ moduleId }: TestSpecification): boolean => LONG.some((name) => moduleId.endsWith(`/${name}.test.ts`));

/** Files that share a process with others stay together, behind those that have one to themselves. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = (file: TestSpecification): number => (file.project.config.isolate ? 0 : isLong(file) ? 1 : 2);
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}
