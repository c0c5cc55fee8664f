import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A network between clients and a server that breaks when a test says so. */
export interface CuttingProxy {
  /** Stays the same whatever lies behind it. */
  readonly url: string;
  /** Connections that were broken so far. */
  readonly cuts: number;
  /** Sends new connections there; undefined: refuses them, as while a server restarts. */
  point(serverUrl: string | undefined): void;
  /** Breaks each open connection with that chance. */
  cut(chance: number): void;
  close(): Promise<void>;
}

export async function startCuttingProxy(): Promise<CuttingProxy> {
  let target: { readonly host: string; readonly port: number } | undefined;
  let cuts = 0;
  const open = new Set<Socket>();

  const server = createServer((client) => {
    // A broken connection is what this is for.
    client.on('error', () => undefined);
    if (target === undefined) return void client.destroy();
    const upstream = connect(target.port, target.host);
    upstream.on('error', () => client.destroy());
    open.add(client);
    client.once('close', () => {
      open.delete(client);
      upstream.destroy();
    });
    upstream.once('close', () => client.destroy());
    client.pipe(upstream);
    upstream.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server that listens has an address of this kind.
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    get cuts() {
      return cuts;
    },
    point(serverUrl) {
      const url = serverUrl === undefined ? undefined : new URL(serverUrl);
      target = url && { host: url.hostname, port: Number(url.port) };
    },
    cut(chance) {
      for (const socket of open) {
        if (Math.random() >= chance) continue;
        cuts += 1;
        socket.resetAndDestroy();
      }
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
