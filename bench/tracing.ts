import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startProduct } from './product-process.ts';
import type { BenchServer } from './servers.ts';
import { median, rounded } from './statistics.ts';

const ROUNDS = 7;
const EXECUTIONS = 1_000;

/** W2 in turn without and with traces, so that a slow moment of the machine meets both; all traces are kept. */
export async function measureTracing(server: BenchServer): Promise<Record<string, number>> {
  let bytes = 0;
  const collector = createServer((request, response) => {
    request.on('data', (piece: Buffer) => (bytes += piece.length)).on('end', () => response.end('{}'));
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  // A server on TCP has an address of this shape.
  const { port } = collector.address() as AddressInfo;
  const off = await startProduct({ DATABASE_URL: await server.createDatabase('untraced') });
  const on = await startProduct({
    DATABASE_URL: await server.createDatabase('traced'),
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
  });
  const w2 = { type: 'w2', executions: EXECUTIONS, concurrency: 50 } as const;
  const rounds: { readonly off: number; readonly on: number }[] = [];
  // The first is for warming up.
  for (let n = 0; n <= ROUNDS; n += 1) rounds.push({ off: await off.ask(w2), on: await on.ask(w2) });
  await off.close();
  await on.close();
  collector.closeAllConnections();
  collector.close();
  const kept = rounds.slice(1);
  return {
    offStepsPerSecond: rounded(median(kept.map((round) => round.off))),
    onStepsPerSecond: rounded(median(kept.map((round) => round.on))),
    costShare: rounded(1 - median(kept.map((round) => round.on / round.off))),
    collectedMB: rounded(bytes / 1e6),
  };
}
