import type { Estimate } from '../compiler/estimate.ts';
import type { Span } from '../compiler/span.ts';
import { dollars } from './money.ts';
import { duration } from './text-width.ts';

type Shown = (value: bigint) => string;
const plainly: Shown = (value) => value.toLocaleString('en-US');

/** What an execution takes, in one line. */
export function estimateLine({ calls, inputTokens, outputTokens, costUsdMicros, wallMs, unpriced }: Estimate): string {
  const time = wallMs.most === undefined ? '' : `, in at most ${duration(Number(wallMs.most))}`;
  if (calls.most === 0n) return `An execution calls no model${time}.`;
  const parts = [
    `${span(calls, plainly)} calls of models`,
    `reads ${span(inputTokens, plainly)} and writes ${span(outputTokens, plainly)} tokens`,
    unpriced.length > 0
      ? `and costs nobody knows what, as ${unpriced.join(', ')} ${unpriced.length === 1 ? 'has' : 'have'} no price`
      : `and costs ${span(costUsdMicros, dollars)}`,
  ];
  return `An execution makes ${parts.join(', ')}${time}.`;
}

/** `0 to 90, likely 4`; one number where there is only one. */
function span({ least, likely, most }: Span, shown: Shown): string {
  if (least === most) return shown(least);
  const upTo = most === undefined ? `${shown(least)} or more` : `${shown(least)} to ${shown(most)}`;
  return likely === undefined ? upTo : `${upTo} (likely ${shown(likely)})`;
}

/** JSON has no whole numbers of any size: all are decimal strings, or null where nobody can say. */
export function estimateAsJson({ room, unpriced, ...spans }: Estimate): Record<string, unknown> {
  const asJson = ({ least, likely, most }: Span) => ({
    least: String(least),
    likely: likely === undefined ? null : String(likely),
    most: most === undefined ? null : String(most),
  });
  const { calls, inputTokens, outputTokens, costUsdMicros, wallMs } = spans;
  return {
    ...{ calls: asJson(calls), inputTokens: asJson(inputTokens), outputTokens: asJson(outputTokens) },
    ...{ costUsdMicros: asJson(costUsdMicros), wallMs: asJson(wallMs) },
    ...{ roomUsdMicros: String(room.usdMicros), unpricedModels: unpriced },
  };
}
