import type { Heard } from '../../src/cli/follow.ts';
import { toWatchMessage } from '../../src/cli/show-execution.ts';
import type { Presenter } from '../../src/cli/show-execution.ts';
import type { Terminal } from '../../src/cli/terminal.ts';

/** Steps at which the progress of a loop is a line, in percent. */
const STEP = 25;

/** For logs: a line whenever a node changes, and at each quarter of a loop; a line an item would be hundreds. */
export function createMilestones(terminal: Terminal): Presenter {
  const said = new Map<string, string>();
  return {
    hear(heard: Heard) {
      const message = toWatchMessage(heard);
      if (message === undefined || !('nodes' in message)) return;
      for (const { path, status, progress } of message.nodes) {
        if (status === 'BLOCKED' || status === 'READY') continue;
        const quarter =
          progress && progress.total > 0 ? Math.floor((progress.done * 100) / progress.total / STEP) * STEP : undefined;
        const line = `${path.padEnd(24)} ${status.toLowerCase()}${quarter === undefined ? '' : ` ${quarter} %, ${progress?.total} items`}`;
        if (said.get(path) === line) continue;
        said.set(path, line);
        terminal.out(`  ${line}\n`);
      }
    },
    close: () => undefined,
  };
}
