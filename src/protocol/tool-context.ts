import type { Json } from '../core/json.ts';
import type { HttpRequest, HttpResponse } from './host-calls.ts';

/** What a tool gets beside its input. */
export interface ToolContext {
  /** Equal for all attempts of one node in one execution: pass it on to what you call. */
  readonly idempotencyKey: string;
  /**
   * Where traces are collected: the `traceparent` (W3C) of this call. `http.request` sends it by itself, unless the request has
   * one.
   */
  readonly traceparent: string | undefined;
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void;
  /** Asks the broker; rejects with a `ToolFailure` when the host is not granted or does not answer. */
  readonly http: { request(request: HttpRequest): Promise<HttpResponse> };
  /** Asks the broker for the plain text of a secret; rejects with a `ToolFailure` without the grant `reveal`. */
  readonly secrets: { reveal(name: string): Promise<string> };
  /** Absolute paths of the granted folders, by the operator's names. */
  readonly folders: Readonly<Record<string, string>>;
}

/** What the entry of a tool exports as `run`. */
export type ToolRun = (input: Json, context: ToolContext) => Promise<Json> | Json;

/** A failure with an opinion on whether another attempt may help. */
export class ToolFailure extends Error {
  override readonly name: string = 'ToolFailure';
  readonly retryable: boolean;
  constructor(message: string, options: { readonly retryable: boolean }) {
    super(message);
    this.retryable = options.retryable;
  }
}
