import { protobufFields } from './protobuf-fields.ts';

/** What a saved_model.pb says about the files beside it. */
export interface SavedModelNeeds {
  /** It has variables and wants them restored: without its checkpoint it cannot answer. */
  readonly checkpoint: boolean;
  /** Paths below `assets/`. */
  readonly assets: readonly string[];
}

/** Numbers of fields in TensorFlow's saved_model.proto and meta_graph.proto. */
const META_GRAPH = 2;
const SAVER_DEF = 3;
const ASSET_FILE_DEF = 6;
const ASSET_FILE_NAME = 2;

/** Ops that hold a variable. */
const VARIABLE_OPS = ['VarHandleOp', 'VariableV2'] as const;

/** Throws RangeError when the bytes are no SavedModel. */
export function readSavedModelNeeds(bytes: Uint8Array): SavedModelNeeds {
  const assets = new Set<string>();
  let restores = false;
  for (const graph of fieldsOf(bytes, META_GRAPH)) {
    for (const field of protobufFields(graph)) {
      restores ||= field.number === SAVER_DEF;
      if (field.number === ASSET_FILE_DEF) {
        for (const name of fieldsOf(field.bytes, ASSET_FILE_NAME)) {
          assets.add(new TextDecoder().decode(name));
        }
      }
    }
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const checkpoint = restores && VARIABLE_OPS.some((op) => text.includes(op));
  return { checkpoint, assets: [...assets] };
}

function* fieldsOf(message: Uint8Array, number: number): Generator<Uint8Array> {
  for (const field of protobufFields(message)) {
    if (field.number === number) {
      yield field.bytes;
    }
  }
}

/** As much of variables.index as its header takes. */
export const INDEX_HEAD_BYTES = 64;

/**
 * The number of data files of a checkpoint, from the beginning of its variables.index: the table's first entry has the
 * empty key and the header as its value. Undefined where it stands in another form.
 */
export function shardsInIndex(head: Uint8Array): number | undefined {
  const [shared, keyLength, valueLength = 0] = head;
  const value = head.subarray(3, 3 + valueLength);
  if (shared !== 0 || keyLength !== 0 || valueLength >= 0x80 || value.byteLength < valueLength) {
    return undefined;
  }
  try {
    return protobufFields(value).find(({ number }) => number === 1)?.value;
  } catch {
    return undefined;
  }
}
