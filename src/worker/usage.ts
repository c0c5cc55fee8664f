import { readFileSync } from 'node:fs';
import { KIB } from '../core/units.ts';
import type { WorkerUsage } from '../protocol/messages.ts';

/** What this process has used since it started. */
export function ownUsage(): WorkerUsage {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return { cpuMs: (userCPUTime + systemCPUTime) / 1_000, peakMemoryBytes: (peakKib() ?? maxRSS) * KIB };
}

/**
 * On Linux `maxRSS` counts what the server had before this program was loaded into the process that it forked;
 * `VmHWM` counts from then on.
 */
function peakKib(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    // eslint-disable-next-line no-restricted-syntax -- /proc answers from memory, and the call is over: nothing waits
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    return peak ? Number(peak[1]) : undefined;
  } catch {
    return undefined;
  }
}

/** The CPU of one call; the peak is that of the whole process, as the kernel keeps only one. */
export function usageSince(start: WorkerUsage): WorkerUsage {
  const now = ownUsage();
  return { cpuMs: Math.max(0, now.cpuMs - start.cpuMs), peakMemoryBytes: now.peakMemoryBytes };
}
