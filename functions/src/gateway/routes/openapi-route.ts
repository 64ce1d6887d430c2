import { createHash } from 'node:crypto';
import type { GatewayContext } from '../gateway-env.ts';
import { jsonText } from '../json-response.ts';
import { mayAccess } from '../middleware/grant.ts';
import { type DescribeModelsDependencies, describeModels } from '../openapi/describe-models.ts';
import type { UploadLimits } from '../openapi/fixed-paths.ts';
import type { UploadStore } from '../uploads/upload-store.ts';

export interface OpenApiRouteDependencies extends DescribeModelsDependencies, UploadLimits {
  /** Undefined: there are no uploads here. */
  readonly uploads: UploadStore | undefined;
}

/** Each answer asks the fleet about every model. */
const CACHE_CONTROL = 'private, max-age=60';

/** GET /openapi.json: what of the gateway's models the caller may see, as OpenAPI 3.1; 304 where the client has it already. */
export async function openApiRoute(c: GatewayContext, dependencies: OpenApiRouteDependencies): Promise<Response> {
  const isVisible = (model: string): boolean => mayAccess(c, 'metadata', model);
  const { models, ...options } = await describeModels(dependencies, isVisible, c.get('call'));
  const { openApiDocument } = await import('../openapi/openapi-document.ts'); // a file of its own in Lambda's bundle
  const document = openApiDocument(models, {
    ...options,
    uploads: dependencies.uploads && dependencies,
    needsKey: c.get('grant') !== undefined,
  });
  const text = JSON.stringify(document);
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;
  const headers = { etag, 'cache-control': CACHE_CONTROL, vary: 'authorization, x-api-key' };
  return isKnown(c.req.header('if-none-match'), etag)
    ? new Response(null, { status: 304, headers })
    : jsonText(200, text, headers);
}

/** If-None-Match compares weakly (RFC 9110, 13.1.2). */
function isKnown(header: string | undefined, etag: string): boolean {
  const tags = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}
