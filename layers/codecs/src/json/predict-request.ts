import {
  type AnyTensor,
  DEFAULT_SIGNATURE,
  type DType,
  invalidArgument,
  type NamedTensors,
  type Signature,
  unimplemented,
} from '@tensorfleet/core';
import { tensorFlowDTypeName } from '../tensorflow-dtype.ts';
import { dumpJson } from './json-dump.ts';
import { isBase64Object } from './json-elements.ts';
import { tensorFromJson } from './json-tensor.ts';
import { type JsonDocument, type JsonValue, memberOf, membersOf } from './json-value.ts';
import { inputsFromInstances } from './predict-instances.ts';
import { bodyError, parseRequestBody, type RequestBody } from './request-body.ts';

/** A predict request before its model is known. */
export type PredictBody = RequestBody;

/** `row`: a list of instances, answered as `predictions`. `column`: tensors by input, answered as `outputs`. */
export type PredictFormat = 'row' | 'column';

/**
 * Reads the body of a predict request and the signature it names ('serving_default' when it names none).
 * Throws INVALID_ARGUMENT for what is no JSON object. `body` must not change before the inputs were read.
 */
export function parsePredictBody(body: Uint8Array): PredictBody {
  return parseRequestBody(body);
}

/**
 * The inputs of a predict request in the dtypes of its signature. Shapes are those of the JSON, not checked against
 * the signature. In row format every input gets a leading dimension, the number of instances. Throws INVALID_ARGUMENT.
 */
export function predictInputsFromJson(
  body: PredictBody,
  signature: Signature,
): { inputs: NamedTensors; format: PredictFormat } {
  if (signature.inputs.size === 0) {
    const name = signature.name === DEFAULT_SIGNATURE ? 'DEFAULT' : signature.name;
    throw invalidArgument(`Failed to get input map for signature: ${name}`);
  }
  const instances = memberOf(body.root, 'instances');
  const inputs = memberOf(body.root, 'inputs');
  if (instances !== undefined && inputs !== undefined) {
    throw bodyError(
      body.document,
      "Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist ",
    );
  }
  if (instances !== undefined) {
    return { inputs: inputsFromInstances(body.document, instances, signature), format: 'row' };
  }
  if (inputs !== undefined) {
    return { inputs: inputsFromColumns(body.document, inputs, signature), format: 'column' };
  }
  throw invalidArgument("Missing 'inputs' or 'instances' key");
}

/** The dtypes of tensors for which TensorFlow Serving has no JSON form; here they have the one of other numbers. */
const NOT_IN_TENSORFLOW_SERVING: ReadonlySet<DType> = new Set(['FP16', 'BF16', 'UINT16']);

/** Throws UNIMPLEMENTED with TensorFlow Serving's words when `signature` has inputs that it does not take over REST. */
export function refuseUnusualDTypes({ document, root }: PredictBody, { inputs }: Signature): void {
  const dtype = inputs.values().find((spec) => NOT_IN_TENSORFLOW_SERVING.has(spec.dtype))?.dtype;
  if (dtype !== undefined) {
    const value = dumpJson(document, memberOf(root, 'instances') ?? memberOf(root, 'inputs') ?? root);
    const name = tensorFlowDTypeName(dtype).slice('DT_'.length).toLowerCase();
    throw unimplemented(`Conversion of JSON Value: ${value} to type: ${name}`);
  }
}

function inputsFromColumns(document: JsonDocument, value: JsonValue, { inputs }: Signature): NamedTensors {
  if (value.kind !== 'object' || isBase64Object(value)) {
    const [spec] = inputs;
    if (spec === undefined || inputs.size > 1) {
      throw invalidArgument(
        'inputs is a plain value/list, but expecting an object as multiple input tensors required as per tensorinfo_map',
      );
    }
    return new Map([[spec[0], tensorFromJson(document, value, spec[1].dtype)]]);
  }
  const members = membersOf(value);
  const tensors = new Map<string, AnyTensor>();
  for (const [alias, spec] of inputs) {
    const member = members.get(alias);
    if (member === undefined) {
      throw invalidArgument(`Missing named input: ${alias} in 'inputs' object.`);
    }
    tensors.set(alias, tensorFromJson(document, member, spec.dtype));
  }
  return tensors;
}
