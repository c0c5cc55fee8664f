import { createServer, type Socket } from 'node:net';

/**
 * The floor of a delivery: the same bytes, ready, written to each connection with nothing around it. To the crowd it looks
 * like a server of graphql-transport-ws that knows one subscription.
 */
export type BareRequest = { readonly type: 'cpu' | 'rss' } | { readonly type: 'publish'; readonly payload: string };

const open = new Set<Socket>();

function frame(text: string): Buffer {
  const payload = Buffer.from(text);
  const head = Buffer.alloc(payload.length < 126 ? 2 : 4);
  head[0] = 0x81;
  if (payload.length < 126) head[1] = payload.length;
  else {
    head[1] = 126;
    head.writeUInt16BE(payload.length, 2);
  }
  return Buffer.concat([head, payload]);
}

const GREETING = Buffer.concat([
  Buffer.from('HTTP/1.1 101 Switching Protocols\r\n\r\n'),
  frame('{"type":"connection_ack"}'),
  frame('{"id":"1","type":"next","payload":{"data":{"executionEvents":{}}}}'),
]);

const server = createServer({ noDelay: true }, (socket) => {
  socket.once('data', () => {
    socket.write(GREETING);
    open.add(socket);
  });
  socket.on('data', () => undefined);
  socket.on('error', () => undefined);
  socket.once('close', () => open.delete(socket));
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  process.send?.({ type: 'ready', url: `http://127.0.0.1:${port}` });
});

process.on('message', (request: BareRequest) => {
  if (request.type === 'publish') {
    const bytes = frame(request.payload);
    for (const socket of open) socket.write(bytes);
    return;
  }
  const { user, system } = process.cpuUsage();
  process.send?.({
    type: 'answer',
    value: request.type === 'rss' ? process.memoryUsage.rss() : (user + system) / 1_000,
  });
});
