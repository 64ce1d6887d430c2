import { parsePredictBody, predictInputsFromJson, predictRequestToJson } from '@tensorfleet/codecs';
import { type ModelSpec, type NamedTensors, PREDICT_METHOD } from '@tensorfleet/core';

/** Whether JSON can say it: nothing of a shape is left where a dimension is 0. */
export function isSayableInJson(tensors: NamedTensors): boolean {
  return [...tensors.values()].every(({ shape, data }) => data.length > 0 || shape.length === 1);
}

/**
 * Predicts over REST in column format. `expected` says which dtypes the answer is read in. Throws the body of
 * every answer but 200.
 */
export async function restPredict(
  base: string,
  { name, version, signatureName }: ModelSpec,
  inputs: NamedTensors,
  expected: NamedTensors,
): Promise<NamedTensors> {
  const response = await fetch(`${base}/v1/models/${name}/versions/${version}:predict`, {
    method: 'POST',
    body: new Uint8Array(predictRequestToJson(inputs, signatureName)),
  });
  const text = await response.text();
  if (response.status !== 200) {
    throw new Error(`${response.status} ${text}`);
  }
  // The codec reads tensors of a request; an answer in column format differs from one in this word only.
  const body = parsePredictBody(new TextEncoder().encode(text.replace('"outputs"', '"inputs"')));
  const specs = new Map(Array.from(expected, ([alias, { dtype }]) => [alias, { name: alias, dtype, shape: null }]));
  const signature = { name: 'answer', methodName: PREDICT_METHOD, inputs: specs, outputs: new Map() };
  return predictInputsFromJson(body, signature).inputs;
}
