import {
  type AnyTensor,
  byteSizeOf,
  elementCount,
  formatShape,
  invalidArgument,
  MAX_RANK,
  type NamedTensors,
  StatusError,
  unimplemented,
} from '@tensorfleet/core';
import { dtypeFromOip } from '../oip-dtype.ts';
import { ByteReader } from './byte-reader.ts';
import { DecodeBudget, type DecodeOptions } from './decode-budget.ts';
import { readContents } from './infer-contents.ts';
import { readRawContents } from './infer-raw.ts';
import { type MessagePieces, readMapEntry, readPiece } from './message-pieces.ts';
import { STRING_VIEW_BYTES } from './tensor-proto.ts';
import { bytesTag, varintTag } from './wire.ts';

/** inference.ModelInferRequest. Its parameters mean nothing here, but for those that are refused. */
export interface ModelInferRequest {
  readonly modelName: string;
  /** Text on this wire; empty is the latest. */
  readonly modelVersion: string;
  readonly id: string;
  readonly inputs: NamedTensors;
  /** Names of the wanted outputs; empty means all. */
  readonly outputs: readonly string[];
}

const REQUEST = {
  modelName: bytesTag(1),
  modelVersion: bytesTag(2),
  id: bytesTag(3),
  input: bytesTag(5),
  output: bytesTag(6),
  raw: bytesTag(7),
} as const;
const INPUT = {
  name: bytesTag(1),
  datatype: bytesTag(2),
  shape: varintTag(3),
  packedShape: bytesTag(3),
  parameter: bytesTag(4),
  contents: bytesTag(5),
} as const;
const OUTPUT = { name: bytesTag(1), parameter: bytesTag(2) } as const;

/** More inputs, outputs and raw contents than any model has. */
const MAX_ENTRIES = 16_384;

/** Parameters that change what is sent or answered, so that ignoring them would be wrong. */
const REFUSED_PARAMETERS: readonly string[] = ['shared_memory_region', 'classification'];

/** An input before its values are looked for, which may be in the request's raw contents. */
interface InputDraft {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly contents: MessagePieces;
}

/**
 * The request in `bytes`; raw values become views into them (one copy where the address is not a multiple of the
 * element's size). Throws INVALID_ARGUMENT for broken bytes and for values that do not fit their shape and datatype,
 * UNIMPLEMENTED for shared memory and classification.
 */
export function decodeModelInferRequest(bytes: Uint8Array, options: DecodeOptions = {}): ModelInferRequest {
  const reader = ByteReader.of(bytes, 'ModelInferRequest');
  const head = { modelName: '', modelVersion: '', id: '' };
  const drafts: InputDraft[] = [];
  const outputs: string[] = [];
  const raws: Uint8Array[] = [];
  while (reader.hasMore) {
    const tag = reader.tag();
    switch (tag) {
      case REQUEST.modelName:
        head.modelName = reader.string();
        break;
      case REQUEST.modelVersion:
        head.modelVersion = reader.string();
        break;
      case REQUEST.id:
        head.id = reader.string();
        break;
      case REQUEST.input:
        drafts.push(readInput(reader.message('ModelInferRequest.InferInputTensor')));
        break;
      case REQUEST.output:
        outputs.push(readOutput(reader.message('ModelInferRequest.InferRequestedOutputTensor')));
        break;
      case REQUEST.raw:
        raws.push(reader.bytes());
        break;
      default:
        reader.skip(tag);
    }
    if (drafts.length + outputs.length + raws.length > MAX_ENTRIES) {
      throw reader.failure(`the request has more than ${MAX_ENTRIES} inputs, outputs and raw contents`);
    }
  }
  const inputs = tensorsOf(drafts, raws, head.modelName, new DecodeBudget(bytes.length, options));
  return { ...head, inputs, outputs };
}

function readInput(reader: ByteReader): InputDraft {
  let name = '';
  let datatype = '';
  const shape: number[] = [];
  const contents: MessagePieces = [];
  while (reader.hasMore) {
    const tag = reader.tag();
    switch (tag) {
      case INPUT.name:
        name = reader.string();
        break;
      case INPUT.datatype:
        datatype = reader.string();
        break;
      case INPUT.shape:
      case INPUT.packedShape:
        readShape(reader.values(tag), shape);
        break;
      case INPUT.parameter:
        checkParameter(reader);
        break;
      case INPUT.contents:
        readPiece(reader, 'InferTensorContents', contents);
        break;
      default:
        reader.skip(tag);
    }
  }
  return { name, datatype, shape, contents };
}

function readShape(values: ByteReader, shape: number[]): void {
  while (values.hasMore) {
    if (shape.length === MAX_RANK) {
      throw values.failure(`the shape has more than ${MAX_RANK} dimensions`);
    }
    shape.push(values.safeInt64());
  }
}

function readOutput(reader: ByteReader): string {
  let name = '';
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === OUTPUT.name) {
      name = reader.string();
    } else if (tag === OUTPUT.parameter) {
      checkParameter(reader);
    } else {
      reader.skip(tag);
    }
  }
  return name;
}

function checkParameter(reader: ByteReader): void {
  const { key } = readMapEntry(reader, 'InferParameter');
  if (REFUSED_PARAMETERS.includes(key)) {
    throw unimplemented(`the parameter ${key} is not supported`);
  }
}

function tensorsOf(
  drafts: readonly InputDraft[],
  raws: readonly Uint8Array[],
  modelName: string,
  budget: DecodeBudget,
): NamedTensors {
  const mixed = raws.length > 0 ? drafts.find(({ contents }) => contents.length > 0) : undefined;
  if (mixed !== undefined) {
    throw invalidArgument(
      `contents field must not be specified when using raw_input_contents for '${mixed.name}' for model '${modelName}'`,
    );
  }
  if (raws.length > 0 && raws.length !== drafts.length) {
    throw invalidArgument(`raw_input_contents has ${raws.length} entries, the request has ${drafts.length} inputs`);
  }
  const tensors = new Map<string, AnyTensor>();
  for (const [index, draft] of drafts.entries()) {
    if (tensors.has(draft.name)) {
      throw invalidArgument(`input '${draft.name}' already exists in request`);
    }
    tensors.set(draft.name, tensorOf(draft, raws[index], budget));
  }
  return tensors;
}

function tensorOf({ name, datatype, shape, contents }: InputDraft, raw: Uint8Array | undefined, budget: DecodeBudget) {
  try {
    const dtype = dtypeFromOip(datatype);
    const count = elementCount(shape);
    if (raw === undefined || dtype === 'STRING') {
      const elementBytes = dtype === 'STRING' ? STRING_VIEW_BYTES : byteSizeOf(dtype);
      budget.take(count * elementBytes, `a tensor of ${datatype} with shape ${formatShape(shape)}`);
    }
    const data = raw === undefined ? readContents(dtype, count, contents) : readRawContents(dtype, count, raw);
    return { dtype, shape, data } as AnyTensor; // both read what `dtype` says
  } catch (cause) {
    const reason = StatusError.from(cause);
    throw new StatusError(reason.code, `input '${name}': ${reason.message}`, { details: reason.details, cause });
  }
}
