import { decodePredictRequest, encodePredictRequest, encodePredictResponse } from '@tensorfleet/codecs';
import { type NamedTensors, tensor, version } from '@tensorfleet/core';
import type { BenchCase } from '../bench-case.ts';
import { microContest } from '../micro-contest.ts';
import {
  floatsOf,
  floatTensorMessage,
  PREDICT_REQUEST,
  PREDICT_RESPONSE,
  type PredictRequestMessage,
} from '../predict-messages.ts';
import { randomFloats } from '../seeded-random.ts';

const PIXELS = 784;
const CLASSES = 10;

/** A request as it arrives, a response as it leaves: what a server pays per call besides the tensors' bytes. */
export const PREDICT_PROTO_CASES: readonly BenchCase[] = [
  {
    name: `predict-proto/decode-request/${PIXELS}`,
    against: 'protobufjs',
    open() {
      const images = tensor('FP32', [1, 28, 28, 1], randomFloats(PIXELS, 1));
      const inputs: NamedTensors = new Map([['images', images]]);
      const bytes = encodePredictRequest({ modelSpec: { name: 'mnist' }, inputs, outputFilter: [] });
      return microContest({
        ours: () => decodePredictRequest(bytes).inputs.get('images')?.data,
        theirs: () => {
          // protobufjs's types say only that this is a message.
          const message = PREDICT_REQUEST.decode(bytes) as unknown as PredictRequestMessage;
          return Object.values(message.inputs).map(floatsOf);
        },
      });
    },
  },
  {
    name: `predict-proto/encode-response/${CLASSES}`,
    against: 'protobufjs',
    open() {
      const values = randomFloats(CLASSES, 2);
      const scores = tensor('FP32', [1, CLASSES], values);
      const modelSpec = { name: 'mnist', version: version(3), signatureName: 'serving_default' };
      return microContest({
        ours: () => encodePredictResponse({ modelSpec, outputs: new Map([['scores', scores]]) }),
        theirs: () => {
          const outputs = { scores: floatTensorMessage([1, CLASSES], { floatVal: values }) };
          const spec = { name: 'mnist', version: { value: 3 }, signatureName: 'serving_default' };
          return PREDICT_RESPONSE.encode({ modelSpec: spec, outputs }).finish();
        },
      });
    },
  },
];
