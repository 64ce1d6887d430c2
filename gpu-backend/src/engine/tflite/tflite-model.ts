import { dataLoss, unimplemented } from '@tensorfleet/core';
import { FlatBuffer, type FlatTable } from './flatbuffer.ts';
import { CUSTOM_OP, FIELD, KNOWN_CUSTOM_OPS, OP } from './tflite-schema.ts';

export interface TfliteTensor {
  readonly index: number;
  readonly name: string;
  /** A number of the schema's TensorType. */
  readonly type: number;
  /** Free dimensions are null. */
  readonly shape: readonly (number | null)[];
  readonly table: FlatTable;
}

export interface TfliteOperator {
  readonly code: number;
  /** The name of a custom operator. */
  readonly custom: string | undefined;
  readonly table: FlatTable;
}

export interface TfliteSubgraph {
  readonly table: FlatTable;
  readonly tensors: readonly TfliteTensor[];
  readonly operators: readonly TfliteOperator[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** The names by which a subgraph's tensors are fed and fetched. */
export interface TfliteSignature {
  readonly name: string;
  readonly subgraph: number;
  readonly inputs: ReadonlyMap<string, TfliteTensor>;
  readonly outputs: ReadonlyMap<string, TfliteTensor>;
}

export interface TfliteModel {
  readonly file: FlatBuffer;
  readonly version: number;
  readonly operatorCodes: readonly FlatTable[];
  readonly buffers: readonly FlatTable[];
  readonly subgraphs: readonly TfliteSubgraph[];
  readonly signatures: readonly TfliteSignature[];
}

/**
 * Reads the parts of a TFLite file that say how it is called; `name` is what errors call the file.
 *
 * Throws DATA_LOSS for a file that is damaged or none, UNIMPLEMENTED for one that names operators from outside the
 * file, keeps state between requests or holds its weights elsewhere.
 */
export function readTfliteModel(bytes: Uint8Array, name: string): TfliteModel {
  if (Buffer.from(bytes.subarray(4, 8)).toString('latin1') !== 'TFL3') {
    throw dataLoss(`model file ${name} is no TFLite model: bytes 4 to 8 are not "TFL3"`);
  }
  const file = new FlatBuffer(bytes, name);
  const root = file.root();
  const buffers = root.tables(FIELD.model.buffers);
  refuseOutsideWeights(root, buffers, name);
  const operatorCodes = root.tables(FIELD.model.operatorCodes);
  const codes = operatorCodes.map(operatorCode);
  const subgraphs = root.tables(FIELD.model.subgraphs).map((table) => subgraph(table, codes));
  refuseOperators(subgraphs, name);
  refuseState(subgraphs, name);
  return {
    file,
    version: root.uint32(FIELD.model.version),
    operatorCodes,
    buffers,
    subgraphs,
    signatures: signatures(root, subgraphs),
  };
}

function refuseOutsideWeights(root: FlatTable, buffers: readonly FlatTable[], name: string): void {
  const isOutside = (buffer: FlatTable): boolean => buffer.locate(FIELD.buffer.offset) !== undefined;
  if (root.tables(FIELD.model.externalBuffers).length > 0 || buffers.some(isOutside)) {
    throw unimplemented(`model file ${name} holds weights outside its FlatBuffer, which is not supported`);
  }
}

type OperatorCode = Pick<TfliteOperator, 'code' | 'custom'>;

/** Codes up to 127 are in the older, narrower field. */
function operatorCode(table: FlatTable): OperatorCode {
  const code = Math.max(table.uint8(FIELD.operatorCode.deprecatedCode), table.int32(FIELD.operatorCode.code));
  return { code, custom: code === CUSTOM_OP ? (table.text(FIELD.operatorCode.customCode) ?? '') : undefined };
}

function subgraph(table: FlatTable, codes: readonly OperatorCode[]): TfliteSubgraph {
  const tensors = table.tables(FIELD.subgraph.tensors).map(tensorOf);
  const indices = (of: FlatTable, field: number): readonly number[] =>
    (of.int32s(field) ?? []).map((index) => at(tensors, index, of, 'tensor').index);
  return {
    table,
    tensors,
    operators: table.tables(FIELD.subgraph.operators).map((operator) => ({
      ...at(codes, operator.uint32(FIELD.operator.code), operator, 'operator code'),
      table: operator,
    })),
    inputs: indices(table, FIELD.subgraph.inputs),
    outputs: indices(table, FIELD.subgraph.outputs),
  };
}

function tensorOf(table: FlatTable, index: number): TfliteTensor {
  const shape = table.int32s(FIELD.tensor.shape) ?? [];
  const signature = table.int32s(FIELD.tensor.shapeSignature) ?? [];
  const dimensions = signature.length === shape.length ? signature : shape;
  return {
    index,
    name: table.text(FIELD.tensor.name) ?? '',
    type: table.uint8(FIELD.tensor.type),
    shape: dimensions.map((size) => (size < 0 ? null : size)),
    table,
  };
}

function at<T>(items: readonly T[], index: number, table: FlatTable, what: string): T {
  const item = items[index];
  if (item === undefined) {
    throw dataLoss(`model file ${table.buffer.name} is damaged: it has no ${what} ${index}, only ${items.length}`);
  }
  return item;
}

function refuseOperators(subgraphs: readonly TfliteSubgraph[], name: string): void {
  const custom = subgraphs.flatMap(({ operators }) => operators.flatMap((operator) => operator.custom ?? []));
  const unknown = new Set(custom.filter((each) => !KNOWN_CUSTOM_OPS.has(each)));
  if (unknown.size > 0) {
    const names = Array.from(unknown, (each) => `"${each}"`).join(', ');
    throw unimplemented(`model file ${name} uses operators that are not TFLite's own: ${names}`);
  }
}

/** What one request leaves behind, the next one would see. */
function refuseState(subgraphs: readonly TfliteSubgraph[], name: string): void {
  const tensors = subgraphs.flatMap((each) => each.tensors);
  const variable = tensors.find(({ table }) => table.uint8(FIELD.tensor.isVariable) !== 0);
  if (variable !== undefined) {
    throw unimplemented(
      `model file ${name} keeps state in the variable tensor "${variable.name}", which the runtime does not support`,
    );
  }
  const callOnce = subgraphs.flatMap(({ operators }) => operators.filter(({ code }) => code === OP.callOnce));
  const initial = callOnce.map(({ table }) => table.table(FIELD.operator.options)?.int32(FIELD.callOnce.subgraph) ?? 0);
  const assigns = ({ operators }: TfliteSubgraph): boolean => operators.some(({ code }) => code === OP.assignVariable);
  if (subgraphs.some((each, index) => assigns(each) && !initial.includes(index))) {
    throw unimplemented(`model file ${name} assigns variables (ASSIGN_VARIABLE), state between requests is not kept`);
  }
}

/** The file's own, else one that is made of tensor names. */
function signatures(root: FlatTable, subgraphs: readonly TfliteSubgraph[]): readonly TfliteSignature[] {
  const defined = root.tables(FIELD.model.signatures);
  if (defined.length === 0) {
    const { tensors, inputs, outputs } = at(subgraphs, 0, root, 'subgraph');
    const named = (indices: readonly number[]): [string, TfliteTensor][] =>
      indices.map((index) => at(tensors, index, root, 'tensor')).map((each) => [each.name.replace(/:0$/, ''), each]);
    return [checked({ name: 'serving_default', subgraph: 0, inputs: named(inputs), outputs: named(outputs) }, root)];
  }
  return defined.map((table) => {
    const index = table.uint32(FIELD.signature.subgraph);
    const { tensors } = at(subgraphs, index, table, 'subgraph');
    const named = (field: number): [string, TfliteTensor][] =>
      table
        .tables(field)
        .map((map) => [
          map.text(FIELD.tensorMap.name) ?? '',
          at(tensors, map.uint32(FIELD.tensorMap.tensor), map, 'tensor'),
        ]);
    return checked(
      {
        name: table.text(FIELD.signature.key) ?? '',
        subgraph: index,
        inputs: named(FIELD.signature.inputs),
        outputs: named(FIELD.signature.outputs),
      },
      table,
    );
  });
}

interface NamedLists {
  readonly name: string;
  readonly subgraph: number;
  readonly inputs: readonly [string, TfliteTensor][];
  readonly outputs: readonly [string, TfliteTensor][];
}

function checked({ name, subgraph: index, inputs, outputs }: NamedLists, { buffer }: FlatTable): TfliteSignature {
  const signature = { name, subgraph: index, inputs: new Map(inputs), outputs: new Map(outputs) };
  const fed = new Set(inputs.map(([, tensor]) => tensor.index));
  if (signature.inputs.size < inputs.length || fed.size < inputs.length || signature.outputs.size < outputs.length) {
    throw dataLoss(`model file ${buffer.name} is damaged: signature "${name}" names something twice`);
  }
  return signature;
}
