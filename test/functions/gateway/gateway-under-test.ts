import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tensor } from '@tensorfleet/core';
import {
  createGateway,
  type FetchImage,
  type Gateway,
  type GatewayDependencies,
  type GatewayLimits,
} from '@tensorfleet/functions';
import { type Grant, grantToContext } from '../../../functions/src/authorizer/grant.ts';
import { ACTIONS } from '../../../functions/src/authorizer/scope.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { FakeFleet, type FakeVersion } from '../../fakes/fake-fleet.ts';
import { FakeUploadStore } from '../../fakes/fake-upload-store.ts';
import { type LogLine, silentLog } from '../../support/silent-log.ts';
import { fp32, named, signature, valuesOf } from '../../support/tensors.ts';

export const LIMITS: GatewayLimits = {
  maxBodyBytes: 100_000,
  maxImageBytes: 50_000,
  maxImagePixels: 1_000_000,
  maxRequestMs: 10_000,
  maxUploadBytes: 200_000,
};

/** A digit of 28x28 pixels. */
export function picture(name = '7-1.png'): Buffer<ArrayBuffer> {
  return readFileSync(join(import.meta.dirname, '../../../examples/mnist/pictures', name));
}

/** y = x / 2 + 2. */
export const halfPlusTwo: FakeVersion = {
  signatures: new Map([['serving_default', signature({ x: ['FP32', [null]] }, { y: ['FP32', [null]] })]]),
  run: (inputs) => {
    const values = valuesOf(inputs, 'x').map((x) => x / 2 + 2);
    return named({ y: fp32([values.length], ...values) });
  },
};

/** Answers 0.5 as many times as the first input says. */
export const repeater: FakeVersion = {
  signatures: new Map([['serving_default', signature({ x: ['FP32', [null]] }, { y: ['FP32', [null]] })]]),
  run: (inputs) => {
    const [count = 0] = valuesOf(inputs, 'x');
    return named({ y: tensor('FP32', [count], new Float32Array(count).fill(0.5)) });
  },
};

/** Takes pictures of 2x2 pixels; always sure of the second label. Without `labels` it has no postprocess. */
export function readerOf(labels: readonly string[], image: { readonly batched?: boolean } = {}): FakeVersion {
  const shape = image.batched === false ? [2, 2, 1] : [null, 2, 2, 1];
  const preprocess = { image: { width: 2, height: 2, channels: 'grayscale', normalisation: 'unit', ...image } };
  const postprocess = { classification: { labels, top_k: 2 } };
  return {
    signatures: new Map([['serving_default', signature({ images: ['FP32', shape] }, { scores: ['FP32', [null, 3]] })]]),
    pipeline: JSON.stringify({ preprocess, ...(labels.length > 0 && { postprocess }) }),
    run: () => named({ scores: fp32([1, 3], 0.25, 0.5, 0.125) }),
  };
}

/** What a caller may do who may do all. */
const EVERYTHING: Grant['scopes'] = [{ models: ['*'], actions: [...ACTIONS] }];

type Body = NonNullable<RequestInit['body']>;

export interface GatewayUnderTest {
  readonly app: Gateway;
  readonly fleet: FakeFleet;
  readonly clock: FakeClock;
  readonly logLines: readonly LogLine[];
  readonly uploads: FakeUploadStore;
  /** What pictures are fetched from. */
  readonly internet: Map<string, Uint8Array>;
  /** `caller`: what the authorizer in front calls the caller. */
  post(path: string, body: Body, headers?: Readonly<Record<string, string>>, caller?: string): Promise<Response>;
}

/** The real app in front of a fleet that serves `half_plus_two` and `reader`, version 1 each. */
export function gatewayUnderTest(
  limits: Partial<GatewayLimits> = {},
  dependencies: Partial<GatewayDependencies> = {},
): GatewayUnderTest {
  const fleet = new FakeFleet().serve('half_plus_two', 1, halfPlusTwo).serve('reader', 1, readerOf(['a', 'b', 'c']));
  const clock = new FakeClock();
  const log = silentLog();
  const internet = new Map<string, Uint8Array>();
  const fetchImage: FetchImage = async (url) => internet.get(url) ?? Promise.reject(new Error(`no such page: ${url}`));
  const allLimits = { ...LIMITS, ...limits };
  const uploads = new FakeUploadStore(allLimits.maxUploadBytes);
  const app = createGateway({
    fleet,
    fetchImage,
    clock,
    log,
    limits: allLimits,
    uploads,
    noBackendRetrySeconds: 30,
    ...dependencies,
  });
  const post: GatewayUnderTest['post'] = async (path, body, headers = {}, caller) =>
    app.request(
      path,
      { method: 'POST', body, headers },
      caller && { authorizerContext: grantToContext({ keyId: caller, scopes: EVERYTHING }) },
    );
  return { app, fleet, clock, logLines: log.lines, uploads, internet, post };
}

/** The sentence in the body of a failed request. */
export async function errorOf(response: Response): Promise<string> {
  return ((await response.json()) as { error: string }).error; // the documented body
}
