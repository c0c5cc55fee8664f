import { z } from 'zod';

/** What the program is told that carries out attacks. */
export interface AttackOrder {
  readonly layer: 'development' | 'base' | 'full';
  /** Whose attacks. */
  readonly profile: 'js' | 'shell';
  /** Folder of the bundles. */
  readonly dist: string;
  readonly checkout: string;
  readonly atOnce: number;
  /** Absent: all. */
  readonly names?: readonly string[] | undefined;
}

/** What it saw of one attack. */
export const AttackReport = z.strictObject({
  name: z.string(),
  kind: z.string(),
  message: z.string(),
  escaped: z.boolean(),
  logLines: z.number(),
  /** What was left, changed or broken; empty when nothing was. */
  harm: z.array(z.string()),
  wallMs: z.number(),
  cpuMs: z.number(),
  peakMebibytes: z.number(),
  /** What it may need beyond an idle worker. */
  limitMebibytes: z.number(),
  /** The peak of an honest worker of the same run. */
  idleMebibytes: z.number(),
  source: z.string(),
  /** A control group bounded its tree. */
  inGroup: z.boolean(),
});
export type AttackReport = z.infer<typeof AttackReport>;

/** Instead of reports, when the machine does not have the layer. */
export const Unavailable = z.strictObject({ unavailable: z.string() });

/** What the program is told that probes system calls. */
export interface ProbeOrder {
  readonly layer: 'base' | 'full';
  readonly profile: 'js' | 'shell';
  /** Folder of the bundles and of the prober. */
  readonly dist: string;
}

/** What it saw of one call. */
export const ProbeReport = z.strictObject({
  name: z.string(),
  /** What the prober said: value and errno. */
  out: z.string(),
  code: z.number(),
  signal: z.number(),
  by: z.string(),
  /** The number of the call for which the supervisor ended it, where it says so. */
  deniedCall: z.number().optional(),
  /** The process that it aimed at got a signal. */
  signaled: z.boolean(),
});
export type ProbeReport = z.infer<typeof ProbeReport>;

/** The last line of that program. */
export const Harm = z.strictObject({ harm: z.array(z.string()) });
