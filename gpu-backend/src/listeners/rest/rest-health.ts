import { parseReadyPath } from '@tensorfleet/codecs';
import { Code, HTTP_STATUS, type ModelSpec } from '@tensorfleet/core';
import { readiness, specReadiness } from '../../server/health.ts';
import type { ServerCore } from '../../server/server-core.ts';
import { jsonPage, type RestResponse } from './rest-answer.ts';

/**
 * The page that tells whether the server, or a model, is alive or ready; undefined for any other path. The status says
 * it, too: 200, 503, and 404 for what is not configured. Throws NOT_FOUND and INVALID_ARGUMENT as `specReadiness` does.
 */
export function healthPage(core: ServerCore, path: string): RestResponse | undefined {
  switch (path) {
    case '/healthz':
      return jsonPage(200, { status: 'alive' });
    case '/readyz':
    case '/v2/health/ready': {
      const report = readiness(core);
      return jsonPage(statusOf(report.ready), report);
    }
    case '/v2/health/live':
      return jsonPage(200, { live: true });
  }
  const spec = parseReadyPath(path);
  return spec === undefined ? undefined : modelPage(core, spec);
}

function modelPage(core: ServerCore, spec: ModelSpec): RestResponse {
  const ready = specReadiness(core, spec);
  return jsonPage(statusOf(ready), { name: spec.name, ready });
}

function statusOf(ready: boolean): number {
  return ready ? 200 : HTTP_STATUS[Code.Unavailable];
}
