import { MIB } from '../../core/units.ts';
import type { Client } from '../client.ts';
import type { CliDeps } from '../cli-deps.ts';
import { CommandFailure, EXIT, type ExitCode } from '../exit-code.ts';
import { ListReceiptsDocument, type ShownReceiptFragment } from '../generated/graphql.ts';
import { openSession } from '../session.ts';
import { table } from '../table.ts';
import { duration } from '../text-width.ts';

/** A receipt with the attempt that it is of, as `--json` shows it. */
interface PlacedReceipt {
  readonly path: string;
  readonly attempt: number;
  readonly at: string;
  readonly receipt: ShownReceiptFragment;
}

const HEADING = [
  ...['node', 'attempt', 'outcome', 'layer', 'profile', 'cpu', 'wall', 'peak/limit', 'host calls', 'denied call'],
];

/** `iceos receipts ID`: what the attempts of an execution in the sandbox were allowed, and what they used. */
export async function receipts(id: string, options: { readonly json: boolean }, deps: CliDeps): Promise<ExitCode> {
  const { client } = await openSession(deps);
  const { terminal } = deps;
  const rows: string[][] = [];
  for await (const placed of readReceipts(id, client)) {
    if (options.json) terminal.out(`${JSON.stringify(placed)}\n`);
    else rows.push(toRow(placed));
  }
  if (options.json) return EXIT.succeeded;
  if (rows.length > 0) terminal.out(table(HEADING, rows));
  else terminal.error('No attempt of this execution has run in the sandbox to its end: there is no receipt.');
  return EXIT.succeeded;
}

/** A page after another, as an execution may have 100,000 attempts. */
async function* readReceipts(id: string, client: Client): AsyncGenerator<PlacedReceipt> {
  let after: string | null = null;
  do {
    const { execution }: Awaited<ReturnType<typeof readPage>> = await readPage(id, after, client);
    if (!execution) {
      throw new CommandFailure(EXIT.badInput, `There is no execution with the ID "${id}". iceos list shows them.`);
    }
    const { edges, pageInfo } = execution.events;
    for (const { node } of edges) {
      if (!('receipt' in node) || !node.receipt) continue;
      const { path, attempt, at, receipt } = node;
      yield { path, attempt, at, receipt };
    }
    after = pageInfo.hasNextPage ? (pageInfo.endCursor ?? null) : null;
  } while (after !== null);
}

const readPage = (id: string, after: string | null, client: Client) =>
  client.request(ListReceiptsDocument, { id, after });

const NOT_KNOWN = '-';

function toRow({ path, attempt, receipt }: PlacedReceipt): string[] {
  const { outcome, layer, profile, cpuMs, wallMs, hostCalls, deniedCall } = receipt;
  const isMeasured = receipt.source !== 'NONE';
  return [
    path,
    String(attempt),
    outcome.toLowerCase().replaceAll('_', ' '),
    layer.toLowerCase(),
    profile.toLowerCase(),
    isMeasured ? duration(cpuMs) : NOT_KNOWN,
    duration(wallMs),
    `${isMeasured ? inMebibytes(receipt.peakMemoryBytes) : NOT_KNOWN}/${inMebibytes(receipt.limits.memoryBytes)} MiB`,
    String(hostCalls),
    deniedCall ?? '',
  ];
}

const inMebibytes = (bytes: number): string => String(Math.round(bytes / MIB));
