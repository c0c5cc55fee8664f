import { attacksOf, refused, type Attack } from './attack.ts';

const attack = attacksOf('network');
const unconfined = { control: true } as const;
const sent = refused(
  /E(ACCES|PERM|NOENT|AFNOSUPPORT|CONNREFUSED|NETUNREACH|AI_AGAIN|AI_FAIL|NOTFOUND|REFUSED)|fetch failed|ERR_|system error 13/,
);
const connect = (where: string): string =>
  `const net = get('node:net'); await settled(net.connect(${where}), 'connect'); return 'ESCAPED';`;
const listen = (where: string): string =>
  `const net = get('node:net'); const server = net.createServer(); server.listen(${where}); await settled(server, 'listening'); server.close(); return 'ESCAPED';`;

/** Sockets of every family that Node reaches, by every module that opens one. */
export const networkAttacks: readonly Attack[] = [
  attack('a TCP connection to the machine', sent, [connect(`input.tcpPort, '127.0.0.1'`), unconfined]),
  attack('a TCP connection by IPv6', sent, connect(`input.tcpPort, '::1'`)),
  attack(
    'a TCP connection to an address for metadata',
    sent,
    connect(`{ port: 80, host: '169.254.169.254', timeout: 100 }`),
  ),
  attack('a connection to a socket in the file system', sent, [connect('input.unixPath'), unconfined]),
  attack('a connection to an abstract socket', sent, connect(String.raw`'\0' + input.abstractName`)),
  attack('a listener for TCP', sent, [listen(`0, '127.0.0.1'`), unconfined]),
  attack('a listener for TCP on all addresses', sent, listen('0')),
  attack('a listener on a socket in the file system', sent, listen(`input.secretFolder + '/mine.sock'`)),
  attack('a listener on a socket in the scratch', sent, listen(`'/scratch/mine.sock'`)),
  attack('a listener on an abstract socket', sent, listen(String.raw`'\0iceos-attack'`)),
  attack('a UDP packet', sent, [
    `const one = get('node:dgram').createSocket('udp4'); await new Promise((done, fail) => { one.on('error', fail); one.send('x', input.udpPort, '127.0.0.1', (error) => error ? fail(error) : done()); }); one.close(); return 'ESCAPED';`,
    unconfined,
  ]),
  attack(
    'a UDP packet by IPv6',
    sent,
    `const one = get('node:dgram').createSocket('udp6'); await new Promise((done, fail) => { one.on('error', fail); one.send('x', input.udpPort, '::1', (error) => error ? fail(error) : done()); }); return 'ESCAPED';`,
  ),
  attack(
    'a UDP listener',
    sent,
    `const one = get('node:dgram').createSocket('udp4'); one.bind(0); await settled(one, 'listening'); return 'ESCAPED';`,
  ),
  attack(
    'a look-up by the resolver of the system',
    sent,
    `await get('node:dns').promises.lookup('example.com'); return 'ESCAPED';`,
  ),
  attack('a look-up of localhost', sent, [
    `await get('node:dns').promises.lookup('localhost'); return 'ESCAPED';`,
    unconfined,
  ]),
  attack('a look-up by packets', sent, [
    `const { Resolver } = get('node:dns').promises; const one = new Resolver({ timeout: 100, tries: 1 }); one.setServers(['127.0.0.1:' + input.udpPort]); await one.resolve4('example.com'); return 'ESCAPED';`,
    {},
  ]),
  attack('fetch', sent, [
    `await fetch('http://127.0.0.1:' + input.tcpPort, { signal: AbortSignal.timeout(1_000) }).catch((error) => { if (/EACCES|EPERM|EAFNOSUPPORT/.test(error.cause?.code)) throw error; }); return 'ESCAPED';`,
    unconfined,
  ]),
  attack(
    'http.get',
    sent,
    `await settled(get('node:http').get('http://127.0.0.1:' + input.tcpPort), 'response'); return 'ESCAPED';`,
  ),
  attack(
    'https.get',
    sent,
    `await settled(get('node:https').get('https://127.0.0.1:' + input.tcpPort), 'response'); return 'ESCAPED';`,
  ),
  attack(
    'a session of HTTP/2',
    sent,
    `await settled(get('node:http2').connect('http://127.0.0.1:' + input.tcpPort), 'connect'); return 'ESCAPED';`,
  ),
  attack(
    'a connection by TLS',
    sent,
    `await settled(get('node:tls').connect(input.tcpPort, '127.0.0.1'), 'secureConnect'); return 'ESCAPED';`,
  ),
  attack(
    'a connection from a thread',
    sent,
    `
    const { Worker } = get('node:worker_threads');
    await settled(new Worker('const { workerData, parentPort } = require("node:worker_threads"); require("node:net").connect(workerData, "127.0.0.1").on("connect", () => parentPort.postMessage(1)).on("error", (error) => { throw error; })', { eval: true, workerData: input.tcpPort }), 'message');
    return 'ESCAPED';`,
  ),
  attack(
    'a socket by process.binding',
    sent,
    `
    const { TCP, constants, TCPConnectWrap } = process.binding('tcp_wrap'); const one = new TCP(constants.SOCKET);
    const fault = one.connect(new TCPConnectWrap(), '127.0.0.1', input.tcpPort); if (fault !== 0) throw new Error(get('node:util').getSystemErrorName(fault)); return 'ESCAPED';`,
  ),
  attack('the list of interfaces, by netlink', sent, [
    `return get('node:os').networkInterfaces().lo === undefined ? 'nothing' : 'ESCAPED';`,
    unconfined,
  ]),
  attack(
    'the inspector, open for the machine',
    refused(/EACCES|EPERM|ERR_INSPECTOR|not|failed/i),
    `get('node:inspector').open(0, '127.0.0.1'); if (get('node:inspector').url() === undefined) throw new Error('ERR_INSPECTOR: it is not open'); return 'ESCAPED';`,
  ),
  attack(
    'the inspector by SIGUSR1',
    refused(/EPERM|ERR_/),
    `process.kill(process.pid, 'SIGUSR1'); await sleep(100); return get('node:inspector').url() === undefined ? 'nothing' : 'ESCAPED';`,
  ),
  attack(
    'descriptors taken for sockets',
    refused(/E(INVAL|BADF|PERM|ACCES|NOTSOCK|NOTCONN)|ERR_/),
    `
    for (let fd = 4; fd < 64; fd += 1) { let kind; try { kind = fs.fstatSync(fd); } catch { continue; }
      if (kind.isSocket()) { const peer = new (get('node:net').Socket)({ fd }); peer.write('x'); return 'ESCAPED'; } }
    throw new Error('EBADF: there is no socket but the channel');`,
  ),
];
