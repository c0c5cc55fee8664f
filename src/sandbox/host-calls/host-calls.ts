import type { Egress } from '../../egress/egress.ts';
import type { HostCallHandlers } from '../broker.ts';
import { createHttpRequest } from './http-request.ts';
import { revealSecret } from './reveal-secret.ts';

/** The host calls of this release. */
export const createHostCalls = ({ egress }: { readonly egress: Egress }): HostCallHandlers =>
  new Map([
    ['http.request', createHttpRequest(egress)],
    ['secret.reveal', revealSecret],
  ]);
