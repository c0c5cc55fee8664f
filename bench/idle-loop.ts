import { monitorEventLoopDelay } from 'node:perf_hooks';

/** A process with nothing to do: how late its timer is says what the machine does to everybody. Answers with p99 in ms. */
const loop = monitorEventLoopDelay({ resolution: 10 });
loop.enable();
process.on('message', () => {
  process.send?.(loop.percentile(99) / 1e6);
  loop.reset();
});
process.send?.(0);
