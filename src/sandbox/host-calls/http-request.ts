import * as z from 'zod/mini';
import { err, ok } from '../../core/result.ts';
import { MINUTE_MS, SECOND_MS } from '../../core/units.ts';
import type { Egress, EgressResponse } from '../../egress/egress.ts';
import { HttpRequest, type HttpResponse } from '../../protocol/host-calls.ts';
import { refuse, type HostCallContext, type HostCallHandler } from '../broker.ts';
import { fillSecrets } from './fill-secrets.ts';

const DEFAULT_TIMEOUT_MS = 30 * SECOND_MS;
const MAX_TIMEOUT_MS = 10 * MINUTE_MS;

/** Makes an HTTP request for a tool: to granted hosts, with secrets filled in, and none in what comes back. */
export const createHttpRequest =
  (egress: Egress): HostCallHandler =>
  async (json, context) => {
    const parsed = z.safeParse(HttpRequest, json);
    if (!parsed.success) return refuse('The request has no known form.');
    const { grants, limits, lookups, signal } = context;
    const filled = fillSecrets(parsed.data, grants);
    if (!filled.ok) return refuse(filled.error);
    const { method, url, bodyBase64, timeoutMs, maxBytes } = parsed.data;
    const answer = await egress.request(
      {
        method,
        url,
        ...filled.value,
        body: bodyBase64 === undefined ? undefined : Buffer.from(bodyBase64, 'base64'),
        granted: grants.filter((grant) => grant.kind === 'host'),
        maxResponseBytes: Math.min(maxBytes ?? limits.answerBytes, limits.answerBytes),
        timeoutMs: Math.min(timeoutMs ?? DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS),
        lookups,
        onSent: context.countSent,
        onReceived: context.countReceived,
      },
      signal,
    );
    if (!answer.ok) return err({ message: answer.error.message, retryable: answer.error.retryable });
    return ok({ ...toResponse(answer.value, context) });
  };

function toResponse({ status, url, headers, body }: EgressResponse, { redactor }: HostCallContext): HttpResponse {
  const shown = redactor.bytes(body);
  return {
    status,
    url: redactor.text(url),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [redactor.text(name), redactor.text(value)]),
    ),
    bodyBase64: shown.toString('base64'),
    bytes: shown.length,
  };
}
