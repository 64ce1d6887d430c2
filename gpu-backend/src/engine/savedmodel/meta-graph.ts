import { posix } from 'node:path';
import { dataLoss } from '@tensorfleet/core';
import { shapeOf, tensorThunk } from './attribute-values.ts';
import { graphOf, opDefOf } from './decode-graph-def.ts';
import type { Message } from './proto/message-schemas.ts';
import type { AssetFile, MetaGraph, SaverDef, SignatureDef, TensorInfo } from './saved-model.ts';

/** A decoded MetaGraphDef as values. `source` names its file in errors. Throws DATA_LOSS. */
export function metaGraphOf(raw: Message<'MetaGraphDef'>, source: string): MetaGraph {
  return {
    tags: raw.meta_info_def?.tags ?? [],
    tensorflowVersion: raw.meta_info_def?.tensorflow_version ?? '',
    graph: graphOf(raw.graph_def, source),
    signatures: mapValues(raw.signature_def, (signature, name) =>
      signatureOf(signature, `${source}: signature "${name}"`),
    ),
    assets: raw.asset_file_def.map((asset) => assetOf(asset, source)),
    saver: saverOf(raw.saver_def),
    initOp: initOpOf(raw),
    opDefs: new Map((raw.meta_info_def?.stripped_op_list?.op ?? []).map((op) => [op.name ?? '', opDefOf(op)])),
  };
}

function signatureOf(raw: Message<'SignatureDef'>, place: string): SignatureDef {
  return {
    inputs: mapValues(raw.inputs, tensorInfoOf),
    outputs: mapValues(raw.outputs, tensorInfoOf),
    methodName: raw.method_name ?? '',
    defaults: mapValues(raw.defaults, (bytes, name) => tensorThunk(bytes, `${place} default of "${name}"`)),
  };
}

function tensorInfoOf(raw: Message<'TensorInfo'>): TensorInfo {
  return { tensor: raw.name ?? '', type: raw.dtype ?? 0, shape: shapeOf(raw.tensor_shape) };
}

function assetOf(raw: Message<'AssetFileDef'>, source: string): AssetFile {
  const fileName = raw.filename ?? '';
  if (!staysInside(fileName)) {
    throw dataLoss(`${source}: asset file ${JSON.stringify(fileName)} is not a path inside assets/`);
  }
  return { tensor: raw.tensor_info?.name ?? '', fileName };
}

/** Whether a relative path leads to something below where it starts. Back slashes separate folders on some systems. */
function staysInside(path: string): boolean {
  const parts = path.split('/');
  return path !== '' && !/[\\\0]/.test(path) && !posix.isAbsolute(path) && !parts.includes('..') && !parts.includes('');
}

function saverOf(raw: Message<'SaverDef'> | undefined): SaverDef | undefined {
  return raw?.restore_op_name === undefined || raw.filename_tensor_name === undefined
    ? undefined
    : { restoreOp: raw.restore_op_name, filenameTensor: raw.filename_tensor_name };
}

const INIT_OP_SIGNATURE = '__saved_model_init_op';
const INIT_OP_COLLECTIONS = ['saved_model_main_op', 'legacy_init_op'];

/** In TensorFlow's order: the signature of TensorFlow 2, then the collections of TensorFlow 1. */
function initOpOf(raw: Message<'MetaGraphDef'>): string | undefined {
  const signed = raw.signature_def.get(INIT_OP_SIGNATURE)?.outputs.get(INIT_OP_SIGNATURE)?.name;
  const collected = INIT_OP_COLLECTIONS.map((name) => raw.collection_def.get(name)?.node_list?.value[0]);
  return [signed, ...collected].find((name) => name)?.replace(/^\^|:\d+$/g, '');
}

function mapValues<In, Out>(map: ReadonlyMap<string, In>, change: (value: In, key: string) => Out): Map<string, Out> {
  return new Map(Array.from(map, ([key, value]) => [key, change(value, key)]));
}
