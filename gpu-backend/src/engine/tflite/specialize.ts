import { type FlatField, type FlatNode, prependHead } from './flatbuffer-head.ts';
import type { TfliteModel, TfliteSignature, TfliteTensor } from './tflite-model.ts';
import { FIELD, INT32_TYPE, OP, SHAPE_OPTIONS } from './tflite-schema.ts';

/** An output to compute, and the shape that it is known to have. */
export interface KnownOutput {
  readonly tensor: TfliteTensor;
  readonly shape: readonly number[];
}

/**
 * The file with one signature, whose inputs have these shapes (in the signature's order) and whose outputs are the
 * shapes of `tensors`: INT32 vectors in their order, of one 0 for a scalar.
 */
export function shapesModel(
  model: TfliteModel,
  signature: TfliteSignature,
  inputShapes: readonly (readonly number[])[],
  tensors: readonly TfliteTensor[],
): Uint8Array {
  const graph = new Additions(model, signature, inputShapes);
  return graph.file(tensors.map((tensor) => graph.shapeOf(tensor)));
}

/**
 * As above, with the values of those `outputs` that have elements first and the shapes of all after them.
 *
 * The runtime makes room for an output by the file's word, and writes what it computes. So each output leaves through
 * a RESHAPE to its known shape, which fails when the number of elements is another. A BITCAST to the same type
 * follows, because the runtime never fetches what it computed while it prepared (constants, shapes, and reshapes of
 * those).
 */
export function valuesModel(
  model: TfliteModel,
  signature: TfliteSignature,
  inputShapes: readonly (readonly number[])[],
  outputs: readonly KnownOutput[],
): Uint8Array {
  const graph = new Additions(model, signature, inputShapes);
  const values = outputs.filter(hasElements).map((output) => graph.reshaped(output));
  return graph.file([...values, ...outputs.map(({ tensor }) => graph.shapeOf(tensor))]);
}

export function hasElements({ shape }: KnownOutput): boolean {
  return !shape.includes(0);
}

/** Tensors, operators and constants that are added to a signature's subgraph. */
class Additions {
  readonly #model: TfliteModel;
  readonly #signature: TfliteSignature;
  readonly #inputShapes: readonly (readonly number[])[];
  readonly #tensors: FlatNode[] = [];
  readonly #operators: FlatNode[] = [];
  readonly #buffers: FlatNode[] = [];
  readonly #oldTensors: readonly TfliteTensor[];
  readonly #oldBuffers: readonly FlatNode[];
  readonly #oldCodes: readonly FlatNode[];

  constructor(model: TfliteModel, signature: TfliteSignature, inputShapes: readonly (readonly number[])[]) {
    this.#model = model;
    this.#signature = signature;
    this.#inputShapes = inputShapes;
    this.#oldTensors = model.subgraphs[signature.subgraph]?.tensors ?? [];
    this.#oldBuffers = model.buffers.map(({ position }) => old(position));
    this.#oldCodes = model.operatorCodes.map(({ position }) => old(position));
  }

  /** Index of the tensor that is `output` in its known shape; a scalar is a vector of one. */
  reshaped({ tensor, shape }: KnownOutput): number {
    return this.#reshape(tensor.index, shape.length === 0 ? [1] : shape, [
      [FIELD.tensor.type, tensor.type],
      ...kept(tensor, FIELD.tensor.quantization),
    ]);
  }

  /** Index of the tensor that is the shape of `tensor`, or the rank where the file says that it has none. */
  shapeOf(tensor: TfliteTensor): number {
    const rank = tensor.shape.length;
    const shape = this.#tensor(rank === 0 ? [] : [rank], [[FIELD.tensor.type, INT32_TYPE]]);
    if (rank === 0) {
      this.#operator(RANK_CODE, [tensor.index], shape);
    } else {
      this.#operator(SHAPE_CODE, [tensor.index], shape, [
        [FIELD.operator.optionsType, SHAPE_OPTIONS],
        [FIELD.operator.options, table([[FIELD.shapeOptions.outputType, INT32_TYPE]])],
      ]);
    }
    return this.#reshape(shape, [Math.max(1, rank)], [[FIELD.tensor.type, INT32_TYPE]]);
  }

  file(outputs: readonly number[]): Uint8Array {
    const { version, subgraphs, file } = this.#model;
    const items = subgraphs.map((each, index) =>
      index === this.#signature.subgraph ? this.#subgraph(outputs) : old(each.table.position),
    );
    const head = table([
      [FIELD.model.version, version],
      [FIELD.model.operatorCodes, tables([...this.#oldCodes, ...ADDED_CODES.map(operatorCode)])],
      [FIELD.model.subgraphs, tables(items)],
      [FIELD.model.buffers, tables([...this.#oldBuffers, ...this.#buffers])],
      [FIELD.model.signatures, tables([this.#signatureDef(outputs)])],
    ]);
    return prependHead(head, 'TFL3', file.bytes);
  }

  #subgraph(outputs: readonly number[]): FlatNode {
    const inputs = [...this.#signature.inputs.values()].map(({ index }) => index);
    const tensors = this.#oldTensors.map((tensor) => {
      const shape = this.#inputShapes[inputs.indexOf(tensor.index)];
      return shape === undefined ? old(tensor.table.position) : withShape(tensor, shape);
    });
    const operators = this.#model.subgraphs[this.#signature.subgraph]?.operators ?? [];
    return table([
      [FIELD.subgraph.tensors, tables([...tensors, ...this.#tensors])],
      [FIELD.subgraph.inputs, { kind: 'int32s', values: inputs }],
      [FIELD.subgraph.outputs, { kind: 'int32s', values: outputs }],
      [FIELD.subgraph.operators, tables([...operators.map((each) => old(each.table.position)), ...this.#operators])],
    ]);
  }

  #signatureDef(outputs: readonly number[]): FlatNode {
    const inputs = [...this.#signature.inputs.values()].map(({ index }) => index);
    const maps = (prefix: string, indices: readonly number[]): FlatNode =>
      tables(
        indices.map((tensor, index) =>
          table([
            [FIELD.tensorMap.name, text(`${prefix}${index}`)],
            [FIELD.tensorMap.tensor, tensor],
          ]),
        ),
      );
    return table([
      [FIELD.signature.inputs, maps('x', inputs)],
      [FIELD.signature.outputs, maps('y', outputs)],
      [FIELD.signature.key, text('run')],
      [FIELD.signature.subgraph, this.#signature.subgraph],
    ]);
  }

  #reshape(from: number, shape: readonly number[], fields: readonly FlatField[]): number {
    const bytes = new Uint8Array(Int32Array.from(shape).buffer);
    this.#buffers.push(table([[FIELD.buffer.data, { kind: 'bytes', bytes }]]));
    const buffer = this.#oldBuffers.length + this.#buffers.length - 1;
    const wanted = this.#tensor(
      [shape.length],
      [
        [FIELD.tensor.type, INT32_TYPE],
        [FIELD.tensor.buffer, buffer],
      ],
    );
    const checked = this.#tensor(shape, fields);
    this.#operator(RESHAPE_CODE, [from, wanted], checked);
    const to = this.#tensor(shape, fields);
    this.#operator(BITCAST_CODE, [checked], to);
    return to;
  }

  #tensor(shape: readonly number[], fields: readonly FlatField[]): number {
    const index = this.#oldTensors.length + this.#tensors.length;
    const name = text(`tensorfleet/${index}`);
    this.#tensors.push(
      table([[FIELD.tensor.shape, { kind: 'int32s', values: shape }], [FIELD.tensor.name, name], ...fields]),
    );
    return index;
  }

  #operator(added: number, inputs: readonly number[], output: number, options: readonly FlatField[] = []): void {
    this.#operators.push(
      table([
        [FIELD.operator.code, this.#oldCodes.length + added],
        [FIELD.operator.inputs, { kind: 'int32s', values: inputs }],
        [FIELD.operator.outputs, { kind: 'int32s', values: [output] }],
        ...options,
      ]),
    );
  }
}

/** Operator codes that follow the old ones, and their places. */
const ADDED_CODES = [OP.reshape, OP.shape, OP.bitcast, OP.rank];
const RESHAPE_CODE = 0;
const SHAPE_CODE = 1;
const BITCAST_CODE = 2;
const RANK_CODE = 3;

function withShape(tensor: TfliteTensor, shape: readonly number[]): FlatNode {
  return table([
    [FIELD.tensor.shape, { kind: 'int32s', values: shape }],
    [FIELD.tensor.type, tensor.type],
    [FIELD.tensor.buffer, tensor.table.uint32(FIELD.tensor.buffer)],
    [FIELD.tensor.hasRank, 1],
    ...kept(tensor, FIELD.tensor.name),
    ...kept(tensor, FIELD.tensor.quantization),
  ]);
}

/** A field that refers to what the old tensor's does. */
function kept(tensor: TfliteTensor, field: number): readonly FlatField[] {
  const position = tensor.table.target(field);
  return position === undefined ? [] : [[field, old(position)]];
}

function operatorCode(code: number): FlatNode {
  return table([
    [FIELD.operatorCode.deprecatedCode, code],
    [FIELD.operatorCode.version, 1],
    [FIELD.operatorCode.code, code],
  ]);
}

function table(fields: readonly FlatField[]): FlatNode {
  return { kind: 'table', fields };
}

function tables(items: readonly FlatNode[]): FlatNode {
  return { kind: 'tables', items };
}

function text(value: string): FlatNode {
  return { kind: 'bytes', bytes: new TextEncoder().encode(value) };
}

function old(position: number): FlatNode {
  return { kind: 'old', position };
}
