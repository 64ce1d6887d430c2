import { type PredictBody, type PredictFormat, predictInputsFromJson } from '@tensorfleet/codecs';
import type { PredictPlan } from './rolling-predict.ts';
import { signatureOf } from './version-info.ts';

export interface TensorsPlan extends PredictPlan {
  /** How the request was written, and its answer is to be; known when inputs were made. */
  readonly format: PredictFormat;
}

/** JSON numbers become tensors of the dtypes that a version's signature has. */
export function tensorsPlan(body: PredictBody): TensorsPlan {
  let format: PredictFormat = 'row';
  return {
    get format() {
      return format;
    },
    keyOf(info) {
      const { inputs } = signatureOf(info, body.signatureName);
      return JSON.stringify([...inputs].map(([name, { dtype }]) => [name, dtype]).sort());
    },
    inputsOf(info) {
      const parsed = predictInputsFromJson(body, signatureOf(info, body.signatureName));
      format = parsed.format;
      return parsed.inputs;
    },
  };
}
