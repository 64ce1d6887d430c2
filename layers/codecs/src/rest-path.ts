import { invalidArgument, type ModelSpec, parseVersion, type StatusError } from '@tensorfleet/core';

export type InferenceVerb = 'predict' | 'classify' | 'regress';

/** What a request line of TensorFlow Serving's REST API asks for. */
export type RestTarget =
  | { readonly kind: 'infer'; readonly verb: InferenceVerb; readonly spec: ModelSpec }
  | { readonly kind: 'status'; readonly spec: ModelSpec }
  | { readonly kind: 'metadata'; readonly spec: ModelSpec }
  | { readonly kind: 'models' };

// TensorFlow Serving's grammar: letters of either case, but for the verb; names and labels hold neither '/' nor ':' raw
// and are percent-decoded afterwards.
const MODEL = 'models/([^/:]+)(?:/versions/([0-9]+)|/labels/([^/:]+))?';
const POST_PATH = new RegExp(`^/v1/${MODEL}:(classify|regress|predict)$`, 'i');
const GET_PATH = new RegExp(`^/v1/${MODEL}(/metadata)?$`, 'i');
const READY_PATH = new RegExp(`^/v[12]/${MODEL}/ready$`, 'i');

/** A request target without scheme and host: proxies send the absolute form (RFC 9112, 3.2.2). */
export function originForm(target: string): string {
  return target.replace(/^https?:\/\/[^/?#]*/i, '');
}

/**
 * Parses the raw (undecoded) path of a request; a query string is ignored.
 * Undefined when nothing of the API has this method and path.
 * Throws INVALID_ARGUMENT for a version that is no safe integer and for bad percent-encoding.
 */
export function parseRestPath(method: string, rawPath: string): RestTarget | undefined {
  const path = rawPath.split(/[?#]/, 1)[0] ?? '';
  if (method === 'GET' && /^\/v1\/models\/?$/i.test(path)) {
    return { kind: 'models' };
  }
  const match = method === 'POST' ? POST_PATH.exec(path) : method === 'GET' ? GET_PATH.exec(path) : null;
  if (match === null) {
    return undefined;
  }
  const [, name = '', digits, label, last] = match;
  if (last !== undefined && last !== last.toLowerCase()) {
    return undefined;
  }
  const spec = specOf(name, digits, label);
  if (method === 'POST') {
    return { kind: 'infer', verb: last as InferenceVerb, spec }; // the expression allows only these three
  }
  return { kind: last === undefined ? 'status' : 'metadata', spec };
}

/**
 * The model that a raw path without query asks the readiness of, as the Open Inference Protocol does; the same under /v1,
 * where TensorFlow Serving has nothing. Undefined for other paths; throws as `parseRestPath` does.
 */
export function parseReadyPath(path: string): ModelSpec | undefined {
  const [match, name = '', digits, label] = READY_PATH.exec(path) ?? [];
  return match === undefined ? undefined : specOf(name, digits, label);
}

function specOf(name: string, digits: string | undefined, label: string | undefined): ModelSpec {
  if (digits === undefined) {
    return { name: decode(name), ...(label !== undefined && { versionLabel: decode(label) }) };
  }
  const version = parseVersion(digits);
  if (version === undefined) {
    throw invalidArgument(`Failed to convert version: ${digits} to numeric.`);
  }
  return { name: decode(name), version };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    throw invalidArgument(`"${part}" in the path is not valid percent-encoding`, {}, error);
  }
}

/** TensorFlow Serving's answer to a request line outside its grammar. */
export function malformedRequest(method: string, rawPath: string): StatusError {
  return invalidArgument(`Malformed request: ${method} ${rawPath}`);
}
