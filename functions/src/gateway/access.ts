import { malformedRequest, parseRestPath } from '@tensorfleet/codecs';
import { notFound, type StatusError } from '@tensorfleet/core';
import type { Action } from '../authorizer/scope.ts';

/** What a grant must have in a scope for a request. Without a model: on any. */
export interface Access {
  readonly action: Action;
  readonly model?: string;
}

/** Whether everybody may ask: load balancers and orchestrators show no key. */
export function isOpen(method: string, path: string): boolean {
  return path === '/healthz' && (method === 'GET' || method === 'HEAD');
}

/**
 * The access that a request line needs. Throws what `unknownPath` says for one that is not in this list: a route that
 * was forgotten here cannot be reached where grants are asked for. Throws INVALID_ARGUMENT as parseRestPath does.
 */
export function accessOf(method: string, path: string): Access {
  if (method === 'POST' && path === '/v1/uploads') {
    return { action: 'upload' };
  }
  if ((method === 'GET' || method === 'HEAD') && path === '/openapi.json') {
    return { action: 'metadata' };
  }
  const target = path.startsWith('/v1/') ? parseRestPath(method, path) : undefined;
  switch (target?.kind) {
    case 'models':
      return { action: 'read' };
    case 'status':
      return { action: 'read', model: target.spec.name };
    case 'metadata':
      return { action: 'metadata', model: target.spec.name };
    case 'infer':
      return { action: 'predict', model: target.spec.name };
    case undefined:
      throw unknownPath(method, path);
  }
}

/** The error of a request line that the API does not have. */
export function unknownPath(method: string, path: string): StatusError {
  return path.startsWith('/v1/') ? malformedRequest(method, path) : notFound(`no such path: ${method} ${path}`);
}
