import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type AnyTensor, type DType, dataLoss, invalidArgument, unimplemented } from '@tensorfleet/core';
import { readVocabulary } from '../host/vocabulary.ts';
import type { NodeDef } from '../savedmodel/graph-def.ts';
import { Attributes } from './attributes.ts';
import type { PlacedNode } from './graph-walk.ts';
import { constantInput } from './table-initializers.ts';

/** Keys and values of a table, one for one. */
export interface TableContent {
  readonly keys: AnyTensor;
  readonly values: AnyTensor;
}

/**
 * What `initializer` puts into the table `node`: constants, or lines of an asset file. `assetPaths`: by name of the
 * constant or variable that holds the path when the graph runs. Throws UNIMPLEMENTED for other sources.
 */
export function tableContent(
  node: NodeDef,
  initializer: PlacedNode,
  assetPaths: ReadonlyMap<string, string>,
): TableContent {
  const attributes = new Attributes(node.attributes);
  const content = initializer.node.op.includes('TextFile')
    ? fileContent(attributes, initializer, assetPaths)
    : { keys: constantInput(initializer, 1), values: constantInput(initializer, 2) };
  checkType('keys', content.keys, attributes.type('key_dtype'));
  checkType('values', content.values, attributes.type('value_dtype'));
  return content;
}

function fileContent(node: Attributes, initializer: PlacedNode, assetPaths: ReadonlyMap<string, string>): TableContent {
  const source = initializer.input(1);
  const holder = source?.node.op === 'ReadVariableOp' ? source.input(0) : source;
  const path = assetPaths.get(holder?.node.name ?? '');
  if (path === undefined) {
    throw unimplemented('the table is filled from a file that is no asset of the model');
  }
  const attributes = new Attributes(initializer.node.attributes);
  return readVocabulary(readAsset(path), {
    key_dtype: node.type('key_dtype'),
    value_dtype: node.type('value_dtype'),
    key_index: attributes.int('key_index'),
    value_index: attributes.int('value_index'),
    vocab_size: attributes.int('vocab_size', -1),
    delimiter: attributes.string('delimiter', '\t'),
    offset: attributes.int('offset', 0),
  });
}

function readAsset(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw dataLoss(`asset "${basename(path)}" cannot be read`, { path }, error);
  }
}

function checkType(what: string, { dtype, data, shape }: AnyTensor, wanted: DType): void {
  if (dtype !== wanted || shape.length > 1) {
    throw invalidArgument(`the ${data.length} ${what} of the table have dtype ${dtype}, the table has ${wanted}`);
  }
}
