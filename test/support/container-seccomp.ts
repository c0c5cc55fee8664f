import { z } from 'zod';

const Condition = z.strictObject({
  index: z.number(),
  value: z.number(),
  valueTwo: z.number().optional(),
  op: z.enum(['SCMP_CMP_EQ', 'SCMP_CMP_MASKED_EQ']),
});

const Rule = z.strictObject({
  names: z.array(z.string()),
  action: z.enum(['SCMP_ACT_ALLOW', 'SCMP_ACT_ERRNO']),
  errnoRet: z.number().optional(),
  args: z.array(Condition).optional(),
});

/**
 * A profile as the runtime specification of OCI has it. Docker's own additions (`archMap`, `includes`, `excludes`) are no
 * part of it: containerd, which Kubernetes mostly runs on, would pass over them and allow what they hold back.
 */
export const ContainerSeccomp = z.strictObject({
  defaultAction: z.literal('SCMP_ACT_ERRNO'),
  defaultErrnoRet: z.number(),
  architectures: z.array(z.string()),
  syscalls: z.array(Rule),
});

type ContainerSeccomp = z.infer<typeof ContainerSeccomp>;

/** What becomes of a call under a profile: `allow`, or the error that it fails with. */
export function verdictOf(
  { syscalls, defaultErrnoRet }: ContainerSeccomp,
  name: string,
  args: readonly number[] = [],
): 'allow' | number {
  const rules = syscalls.filter((rule) => rule.names.includes(name) && (rule.args ?? []).every(holds));
  // Where several rules apply, the kernel takes the one that allows least.
  const refusal = rules.find(({ action }) => action === 'SCMP_ACT_ERRNO');
  if (refusal !== undefined) return refusal.errnoRet ?? defaultErrnoRet;
  return rules.length > 0 ? 'allow' : defaultErrnoRet;

  function holds({ index, value, valueTwo, op }: z.infer<typeof Condition>): boolean {
    const given = BigInt(args[index] ?? 0);
    if (op === 'SCMP_CMP_EQ') return given === BigInt(value);
    return (given & BigInt(value)) === BigInt(valueTwo ?? 0);
  }
}
