import { Socket } from 'node:net';
import * as z from 'zod/mini';
import { startHost } from './host.ts';

/** The channel's descriptor: the only way out of the worker. */
const CHANNEL_FD = 3;

// A worker checks a handful of messages: compiling the checks would cost more than running them.
z.config({ jitless: true });

startHost(new Socket({ fd: CHANNEL_FD }));
