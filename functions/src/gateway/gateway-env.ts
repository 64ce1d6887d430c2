import type { CallContext, Logger, ModelSpec, TraceContext, Version } from '@tensorfleet/core';
import type { Context } from 'hono';
import type { Grant } from '../authorizer/grant.ts';

/** What Lambda says of the invocation that serves a request. */
export interface Invocation {
  /** Whether it is the first of its sandbox. */
  readonly coldStart: boolean;
  readonly requestId: string;
  readonly functionName: string | undefined;
  readonly functionArn: string | undefined;
  readonly memoryMb: string | undefined;
  /** The X-Ray header that the runtime has for it. */
  readonly xrayTrace: string | undefined;
}

/** What the host of the app (Lambda, Node) knows of a request besides the Request itself. */
export interface GatewayBindings {
  /** The request target as sent, with its query: a Request's URL has its dot segments resolved already. */
  readonly rawTarget?: string;
  /** The id under which the host knows the request. */
  readonly requestId?: string;
  /** Milliseconds that the host leaves for the answer. */
  readonly remainingMs?: number;
  /** Address of the client, as far as the host knows it. */
  readonly sourceIp?: string | undefined;
  /** On Lambda only. */
  readonly invocation?: Invocation;
  /** Reads an answer for the host; rejects with what the client gets instead when the host cannot carry it. */
  readonly carry?: (answer: Response) => Promise<void>;
  /**
   * What an authorizer in front of the host says of the caller: the context of API Gateway's Lambda authorizer, or the
   * claims of its JWT authorizer. Absent where nothing stands in front. Clients cannot set it.
   */
  readonly authorizerContext?: Readonly<Record<string, unknown>> | undefined;
}

/** What the parts of the app tell one another about a request. */
export interface GatewayVariables {
  requestId: string;
  /** Set by `grant` where the caller has one. */
  grant?: Grant;
  /** The request's span; set by `telemetry`. */
  traceContext: TraceContext;
  /** What every line about the request has; set by `telemetry`. */
  logFacts: object;
  /** Names the request in every line; set by `telemetry`. */
  log: Logger;
  /** Set by `deadline`. */
  call: CallContext;
  /** The whole body, unzipped; set by `bodyLimit`. */
  body: Uint8Array;
  /** For the access log: which model was asked, and which version answered. */
  spec?: ModelSpec;
  version?: Version;
}

export interface GatewayEnv {
  Bindings: GatewayBindings;
  Variables: GatewayVariables;
}

export type GatewayContext = Context<GatewayEnv>;

/** The bindings; a host that passes none (a test's `app.request`) leaves `env` undefined, whatever its type says. */
export function bindingsOf(c: GatewayContext): GatewayBindings {
  return (c.env as GatewayBindings | undefined) ?? {};
}

/** The request target as sent, as far as the host says. */
export function rawTargetOf(c: GatewayContext): string {
  const { rawTarget } = bindingsOf(c);
  if (rawTarget !== undefined) {
    return rawTarget;
  }
  const { pathname, search } = new URL(c.req.raw.url);
  return pathname + search;
}

/** The path as sent, without its query. */
export function rawPathOf(c: GatewayContext): string {
  return rawTargetOf(c).split(/[?#]/, 1)[0] ?? '';
}

/** Whose request it is; undefined where nobody has to say. */
export function callerIdOf(c: GatewayContext): string | undefined {
  return c.get('grant')?.keyId;
}
