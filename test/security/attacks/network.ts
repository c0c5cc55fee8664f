import { attacksOf, noAccess, notPermitted, refused, type Attack } from './attack.ts';

const attack = attacksOf('network');
const unconfined = { control: true } as const;
/** The library of C says so when it is given no socket. */
const unresolved = refused(/\bEAI_AGAIN\b/);
const connect = (where: string): string =>
  `const net = get('node:net'); await settled(net.connect(${where}), 'connect'); return 'ESCAPED';`;
const listen = (where: string): string =>
  `const net = get('node:net'); const server = net.createServer(); server.listen(${where}); await settled(server, 'listening'); server.close(); return 'ESCAPED';`;

/** Sockets of every family that Node reaches, by every module that opens one. */
export const networkAttacks: readonly Attack[] = [
  attack('a TCP connection to the machine', noAccess, [connect(`input.tcpPort, '127.0.0.1'`), unconfined]),
  attack('a TCP connection by IPv6', noAccess, connect(`input.tcpPort, '::1'`)),
  attack(
    'a TCP connection to an address for metadata',
    noAccess,
    connect(`{ port: 80, host: '169.254.169.254', timeout: 100 }`),
  ),
  attack('a connection to a socket in the file system', noAccess, [connect('input.unixPath'), unconfined]),
  attack('a connection to an abstract socket', noAccess, connect(String.raw`'\0' + input.abstractName`)),
  attack('a listener for TCP', noAccess, [listen(`0, '127.0.0.1'`), unconfined]),
  attack('a listener for TCP on all addresses', noAccess, listen('0')),
  attack('a listener on a socket in the file system', noAccess, listen(`input.secretFolder + '/mine.sock'`)),
  attack('a listener on a socket in the scratch', noAccess, listen(`'/scratch/mine.sock'`)),
  attack('a listener on an abstract socket', noAccess, listen(String.raw`'\0iceos-attack'`)),
  attack('a UDP packet', noAccess, [
    `const one = get('node:dgram').createSocket('udp4'); await new Promise((done, fail) => { one.on('error', fail); one.send('x', input.udpPort, '127.0.0.1', (error) => error ? fail(error) : done()); }); one.close(); return 'ESCAPED';`,
    unconfined,
  ]),
  attack(
    'a UDP packet by IPv6',
    noAccess,
    `const one = get('node:dgram').createSocket('udp6'); await new Promise((done, fail) => { one.on('error', fail); one.send('x', input.udpPort, '::1', (error) => error ? fail(error) : done()); }); return 'ESCAPED';`,
  ),
  attack(
    'a UDP listener',
    noAccess,
    `const one = get('node:dgram').createSocket('udp4'); one.bind(0); await settled(one, 'listening'); return 'ESCAPED';`,
  ),
  attack(
    'a look-up by the resolver of the system',
    unresolved,
    `await get('node:dns').promises.lookup('example.com'); return 'ESCAPED';`,
  ),
  attack('a look-up of localhost', unresolved, [
    `await get('node:dns').promises.lookup('localhost'); return 'ESCAPED';`,
    unconfined,
  ]),
  // Node's resolver says so when it is given no socket.
  attack('a look-up by packets', refused(/\bECONNREFUSED\b/), [
    `const { Resolver } = get('node:dns').promises; const one = new Resolver({ timeout: 100, tries: 1 }); one.setServers(['127.0.0.1:' + input.udpPort]); await one.resolve4('example.com'); return 'ESCAPED';`,
    {},
  ]),
  attack('fetch', noAccess, [
    `await fetch('http://127.0.0.1:' + input.tcpPort, { signal: AbortSignal.timeout(1_000) }).catch((error) => { if (error.cause?.code === 'EACCES') throw error.cause; }); return 'ESCAPED';`,
    unconfined,
  ]),
  attack(
    'http.get',
    noAccess,
    `await settled(get('node:http').get('http://127.0.0.1:' + input.tcpPort), 'response'); return 'ESCAPED';`,
  ),
  attack(
    'https.get',
    noAccess,
    `await settled(get('node:https').get('https://127.0.0.1:' + input.tcpPort), 'response'); return 'ESCAPED';`,
  ),
  attack(
    'a session of HTTP/2',
    noAccess,
    `await settled(get('node:http2').connect('http://127.0.0.1:' + input.tcpPort), 'connect'); return 'ESCAPED';`,
  ),
  attack(
    'a connection by TLS',
    noAccess,
    `await settled(get('node:tls').connect(input.tcpPort, '127.0.0.1'), 'secureConnect'); return 'ESCAPED';`,
  ),
  attack(
    'a connection from a thread',
    noAccess,
    `
    const { Worker } = get('node:worker_threads');
    await settled(new Worker('const { workerData, parentPort } = require("node:worker_threads"); require("node:net").connect(workerData, "127.0.0.1").on("connect", () => parentPort.postMessage(1)).on("error", (error) => { throw error; })', { eval: true, workerData: input.tcpPort }), 'message');
    return 'ESCAPED';`,
  ),
  attack(
    'a socket by process.binding',
    noAccess,
    `
    const { TCP, constants, TCPConnectWrap } = process.binding('tcp_wrap'); const one = new TCP(constants.SOCKET);
    const fault = one.connect(new TCPConnectWrap(), '127.0.0.1', input.tcpPort); if (fault !== 0) throw new Error(get('node:util').getSystemErrorName(fault)); return 'ESCAPED';`,
  ),
  attack('the list of interfaces, by netlink', refused(/uv_interface_addresses returned .*(system error 13|EACCES)/), [
    `return get('node:os').networkInterfaces().lo === undefined ? 'nothing' : 'ESCAPED';`,
    unconfined,
  ]),
  attack(
    'the inspector, open for the machine',
    refused(/ERR_INSPECTOR: it is not open/),
    `get('node:inspector').open(0, '127.0.0.1'); if (get('node:inspector').url() === undefined) throw new Error('ERR_INSPECTOR: it is not open'); return 'ESCAPED';`,
  ),
  attack(
    'the inspector by SIGUSR1',
    notPermitted,
    `process.kill(process.pid, 'SIGUSR1'); await sleep(100); return get('node:inspector').url() === undefined ? 'nothing' : 'ESCAPED';`,
  ),
  attack(
    'descriptors taken for sockets',
    refused(/there is no socket but the channel/),
    `
    for (let fd = 4; fd < 64; fd += 1) { let kind; try { kind = fs.fstatSync(fd); } catch { continue; }
      if (kind.isSocket()) { const peer = new (get('node:net').Socket)({ fd }); peer.write('x'); return 'ESCAPED'; } }
    throw new Error('EBADF: there is no socket but the channel');`,
  ),
];
