import { invalidArgument } from '@tensorfleet/core';
import { pollRepository } from '../../server/poll-repository.ts';
import type { ServerCore } from '../../server/server-core.ts';
import { jsonPage, type RestResponse } from './rest-answer.ts';
import type { RestRequest } from './rest-listener.ts';

export const POLL_PATH = '/v1/repository/poll';

/** The body is empty, or `{"model": "m"}`. */
export async function pollRoute(core: ServerCore, request: RestRequest): Promise<RestResponse> {
  const model = parsePollBody(await request.body());
  return jsonPage(200, { models: await pollRepository(core, model) });
}

/** Throws INVALID_ARGUMENT for anything else. */
function parsePollBody(body: Uint8Array): string | undefined {
  const text = new TextDecoder().decode(body).trim();
  if (text === '') {
    return undefined;
  }
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidArgument('the body of a poll is empty or an object: {"model": "mnist"}');
  }
  const unknown = Object.keys(value).find((key) => key !== 'model');
  if (unknown !== undefined) {
    throw invalidArgument(
      `the body of a poll has the key ${JSON.stringify(unknown.slice(0, 80))}, it may have "model"`,
    );
  }
  const model: unknown = Reflect.get(value, 'model');
  if (model !== undefined && typeof model !== 'string') {
    throw invalidArgument(`"model" of a poll is a ${typeof model}, it must be a string`);
  }
  return model;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (reason) {
    throw invalidArgument('the body of a poll is not JSON', {}, reason);
  }
}
