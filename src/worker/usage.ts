import { KIB } from '../core/units.ts';
import type { WorkerUsage } from '../protocol/messages.ts';

/** What this process has used since it started. */
export function ownUsage(): WorkerUsage {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return { cpuMs: (userCPUTime + systemCPUTime) / 1_000, peakMemoryBytes: maxRSS * KIB };
}

/** The CPU of one call; the peak is that of the whole process, as the kernel keeps only one. */
export function usageSince(start: WorkerUsage): WorkerUsage {
  const now = ownUsage();
  return { cpuMs: Math.max(0, now.cpuMs - start.cpuMs), peakMemoryBytes: now.peakMemoryBytes };
}
