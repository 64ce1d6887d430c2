import { type AnyTensor, type DType, invalidArgument, unimplemented } from '@tensorfleet/core';
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
 * constant that holds the path when the graph runs. Throws UNIMPLEMENTED for other sources.
 */
export function tableContent(
  node: NodeDef,
  initializer: PlacedNode,
  assetPaths: ReadonlyMap<string, string>,
): TableContent {
  const attributes = new Attributes(node.attributes);
  const content = initializer.node.op.includes('TextFile')
    ? fileContent(initializer, assetPaths)
    : { keys: constantInput(initializer, 1), values: constantInput(initializer, 2) };
  checkType('keys', content.keys, attributes.type('key_dtype'));
  checkType('values', content.values, attributes.type('value_dtype'));
  return content;
}

function fileContent(initializer: PlacedNode, assetPaths: ReadonlyMap<string, string>): TableContent {
  const path = assetPaths.get(initializer.input(1)?.node.name ?? '');
  throw unimplemented(`the table is filled from a file${path === undefined ? ' that is no asset of the model' : ''}`);
}

function checkType(what: string, { dtype, data, shape }: AnyTensor, wanted: DType): void {
  if (dtype !== wanted || shape.length > 1) {
    throw invalidArgument(`the ${data.length} ${what} of the table have dtype ${dtype}, the table has ${wanted}`);
  }
}
