// biome-ignore-all lint/style/noNonNullAssertion: there is a column for every spec
import { type AnyTensor, formatShape, invalidArgument, type Tensor } from '@tensorfleet/core';
import { dtypesAttribute, numberAttribute, shapesAttribute, textsAttribute } from './attributes.ts';
import { checkDense, denseBatch, denseSingle, tensorOf } from './dense-feature.ts';
import {
  concatenate,
  type DenseSpec,
  type FeatureColumn,
  type FeatureSpec,
  featureKind,
  readColumns,
} from './example-features.ts';
import type { HostAttributes, HostOp } from './host-op.ts';
import { inputAt, stringAt, stringsAt, typedInputAt } from './inputs.ts';
import { integerTensor } from './outputs.ts';
import { bytesOfText, latin1Of } from './strings.ts';

type SplitType = 'INT32' | 'INT64';

interface RaggedSpec extends FeatureSpec {
  readonly splitType: SplitType;
}

/** What is read out of each example. */
interface Specs {
  readonly dense: readonly DenseSpec[];
  readonly sparse: readonly FeatureSpec[];
  readonly ragged: readonly RaggedSpec[];
}

/** Inputs: serialized, names, a scalar per sparse key, a scalar per dense key, defaults. */
export const parseExample: HostOp = (attributes) => {
  const sparseTypes = dtypesAttribute(attributes, 'sparse_types');
  const denseCount = dtypesAttribute(attributes, 'Tdense').length;
  return (inputs) => {
    const keys = inputs
      .slice(2, 2 + sparseTypes.length + denseCount)
      .map((_, index) => stringAt(inputs, 2 + index, 'key'));
    const sparse = specsOf(keys.slice(0, sparseTypes.length), sparseTypes);
    const dense = denseSpecs(attributes, keys.slice(sparseTypes.length), inputs, 2 + keys.length);
    return parse(inputs, { dense, sparse, ragged: [] });
  };
};

/** Inputs: serialized (a vector, or a scalar for one example), names, keys as three vectors, defaults. */
export const parseExampleV2: HostOp = (attributes) => {
  const sparseTypes = dtypesAttribute(attributes, 'sparse_types');
  const raggedTypes = dtypesAttribute(attributes, 'ragged_value_types');
  const splitTypes = dtypesAttribute(attributes, 'ragged_split_types');
  return (inputs) => {
    const sparse = specsOf(stringsAt(inputs, 2).data, sparseTypes);
    const dense = denseSpecs(attributes, stringsAt(inputs, 3).data, inputs, 5);
    const ragged = specsOf(stringsAt(inputs, 4).data, raggedTypes).map((spec, index) => ({
      ...spec,
      splitType: splitTypes[index] === 'INT32' ? ('INT32' as const) : ('INT64' as const),
    }));
    return parse(inputs, { dense, sparse, ragged });
  };
};

/** Inputs: serialized (a scalar), defaults; the keys are attributes. */
export const parseSingleExample: HostOp = (attributes) => {
  const sparseTypes = dtypesAttribute(attributes, 'sparse_types');
  const sparse = specsOf(textsAttribute(attributes, 'sparse_keys').map(bytesOfText), sparseTypes);
  const denseKeys = textsAttribute(attributes, 'dense_keys').map(bytesOfText);
  if (sparse.length !== numberAttribute(attributes, 'num_sparse')) {
    throw invalidArgument(
      `num_sparse is ${numberAttribute(attributes, 'num_sparse')}, there are ${sparse.length} keys`,
    );
  }
  return (inputs) => {
    const serialized = stringAt(inputs, 0, 'serialized');
    return parseOne(serialized, { dense: denseSpecs(attributes, denseKeys, inputs, 1), sparse, ragged: [] });
  };
};

function specsOf(keys: readonly Uint8Array[], dtypes: HostDTypes): readonly FeatureSpec[] {
  if (keys.length !== dtypes.length) {
    throw invalidArgument(`there are ${keys.length} keys for ${dtypes.length} types`);
  }
  return keys.map((key, index) => ({ key: latin1Of(key), kind: featureKind(dtypes[index]!) }));
}

type HostDTypes = ReturnType<typeof dtypesAttribute>;

function denseSpecs(
  attributes: HostAttributes,
  keys: readonly Uint8Array[],
  inputs: readonly AnyTensor[],
  firstDefault: number,
): readonly DenseSpec[] {
  const shapes = shapesAttribute(attributes, 'dense_shapes');
  return specsOf(keys, dtypesAttribute(attributes, 'Tdense')).map((spec, index) => {
    const fallback = typedInputAt(inputs, firstDefault + index, spec.kind) as AnyTensor; // one of the three kinds
    const dense = { ...spec, shape: shapes[index] ?? [], fallback };
    checkDense(dense);
    return dense;
  });
}

/** Outputs: sparse indices, values and shapes, dense values, ragged values and row splits. */
function parse(inputs: readonly AnyTensor[], specs: Specs): readonly AnyTensor[] {
  const serialized = stringsAt(inputs, 0);
  checkNames(serialized, inputAt(inputs, 1));
  if (serialized.shape.length === 0) {
    return parseOne(stringAt(inputs, 0, 'serialized'), specs);
  }
  const { dense, sparse, ragged } = specs;
  const takingEmpty = <S extends FeatureSpec>(list: readonly S[]): readonly S[] =>
    list.map((spec) => ({ ...spec, takesEmpty: true }));
  const columns = readColumns(serialized.data, [...takingEmpty(sparse), ...dense, ...takingEmpty(ragged)]);
  const sparseColumns = columns.slice(0, sparse.length);
  const raggedColumns = columns.slice(sparse.length + dense.length);
  return [
    ...sparseColumns.map(indicesOf),
    ...sparse.map((spec, index) => valuesOf(spec, sparseColumns[index]!)),
    ...sparseColumns.map((column) =>
      integerTensor(
        'INT64',
        [2],
        [column.length, lengthsOf(column).reduce((most, length) => Math.max(most, length), 0)],
      ),
    ),
    ...dense.map((spec, index) => denseBatch(spec, columns[sparse.length + index]!)),
    ...ragged.map((spec, index) => valuesOf(spec, raggedColumns[index]!)),
    ...ragged.map(({ splitType }, index) => splitsOf(splitType, raggedColumns[index]!)),
  ];
}

/** The same of one example, without the dimension of the batch; ragged features have no row splits then. */
function parseOne(serialized: Uint8Array, { dense, sparse, ragged }: Specs): readonly AnyTensor[] {
  const columns = readColumns([serialized], [...sparse, ...dense, ...ragged]);
  const counts = columns.map((column) => column[0]?.length ?? 0).slice(0, sparse.length);
  return [
    ...counts.map((count) => integerTensor('INT64', [count, 1], [...new Array(count).keys()])),
    ...sparse.map((spec, index) => valuesOf(spec, columns[index]!)),
    ...counts.map((count) => integerTensor('INT64', [1], [count])),
    ...dense.map((spec, index) => denseSingle(spec, columns[sparse.length + index]![0])),
    ...ragged.map((spec, index) => valuesOf(spec, columns[sparse.length + dense.length + index]!)),
    ...ragged.map(({ splitType }) => integerTensor(splitType, [0], [])),
  ];
}

function checkNames(serialized: Tensor<'STRING'>, names: AnyTensor): void {
  if (serialized.shape.length > 1) {
    throw invalidArgument(`Expected serialized to be a scalar or vector, got shape: ${formatShape(serialized.shape)}`);
  }
  if (names.data.length > 0 && formatShape(names.shape) !== formatShape(serialized.shape)) {
    const shapes = `name.shape=${formatShape(names.shape)}, serialized.shape=${formatShape(serialized.shape)}`;
    throw invalidArgument(`Expected names have the same shape as serialized: ${shapes}`);
  }
}

function lengthsOf(column: FeatureColumn): readonly number[] {
  return column.map((values) => values?.length ?? 0);
}

/** [values, 2]: example and position in it. */
function indicesOf(column: FeatureColumn): AnyTensor {
  const indices = lengthsOf(column).flatMap((length, row) =>
    Array.from({ length: 2 * length }, (_, at) => (at % 2 === 0 ? row : at >> 1)),
  );
  return integerTensor('INT64', [indices.length / 2, 2], indices);
}

function valuesOf({ kind }: FeatureSpec, column: FeatureColumn): AnyTensor {
  const values = concatenate(
    kind,
    column.filter((one) => one !== undefined),
  );
  return tensorOf(kind, [values.length], values);
}

function splitsOf(splitType: SplitType, column: FeatureColumn): AnyTensor {
  const splits = [0];
  for (const length of lengthsOf(column)) {
    splits.push(splits.at(-1)! + length);
  }
  return integerTensor(splitType, [splits.length], splits);
}
