import { listenLocally } from '../../src/egress/local-listener.ts';

// Says under which name it listens, and serves whoever connects with a word.

const { name } = await listenLocally((socket) => {
  socket.on('error', () => undefined);
  socket.end('served');
});
console.log(name);
setInterval(() => undefined, 60_000);
