import {
  bytesField,
  encodeMessage,
  type Field,
  intField,
  messageField,
  stringElement,
  stringField,
} from '@tensorfleet/codecs';
import { randomFloats } from '../seeded-random.ts';

/** What a request sends: a small body, so that the model's work is what counts. */
export const INPUT_SIZE = 4;
const SIDE = 32;
const CHANNELS = 32;
/** Each about 0.3 ms of one core, for every row: a batch saves nothing but the way to the model. */
const LAYERS = 4;

/** The bytes of an ONNX model: a small input is blown up to an image, and convolved. `x`: [n, 4] to `y`: [n, 32]. */
export function convModel(): Uint8Array {
  const convolutions = Array.from({ length: LAYERS }, (_, layer) => {
    const inputs = layer === 0 ? 1 : CHANNELS;
    return {
      weights: floats(`w${layer}`, [CHANNELS, inputs, 3, 3], layer + 1),
      node: node('Conv', [layer === 0 ? 'image' : `r${layer - 1}`, `w${layer}`], `c${layer}`, [
        ints('kernel_shape', [3, 3]),
        ints('pads', [1, 1, 1, 1]),
      ]),
      rectify: node('Relu', [`c${layer}`], `r${layer}`),
    };
  });
  const nodes = [
    node('MatMul', ['x', 'spread'], 'flat'),
    node('Reshape', ['flat', 'imageShape'], 'image'),
    ...convolutions.flatMap((layer) => [layer.node, layer.rectify]),
    node('GlobalAveragePool', [`r${LAYERS - 1}`], 'pooled'),
    node('Reshape', ['pooled', 'rowShape'], 'y'),
  ];
  const initializers = [
    floats('spread', [INPUT_SIZE, SIDE * SIDE], 100),
    int64s('imageShape', [-1, 1, SIDE, SIDE]),
    int64s('rowShape', [-1, CHANNELS]),
    ...convolutions.map(({ weights }) => weights),
  ];
  return encodeMessage([
    intField(1, 9),
    messageField(7, [
      ...nodes.map((fields) => messageField(1, fields)),
      stringField(2, 'conv'),
      ...initializers.map((fields) => messageField(5, fields)),
      messageField(11, valueInfo('x', INPUT_SIZE)),
      messageField(12, valueInfo('y', CHANNELS)),
    ]),
    messageField(8, [intField(2, 17)]),
  ]);
}

function node(type: string, inputs: readonly string[], output: string, attributes: readonly Field[] = []): Field[] {
  return [
    ...inputs.map((name) => stringElement(1, name)),
    stringElement(2, output),
    stringField(4, type),
    ...attributes,
  ];
}

function ints(name: string, values: readonly number[]): Field {
  return messageField(5, [stringField(1, name), ...values.map((value) => intField(8, value)), intField(20, 7)]);
}

function floats(name: string, dims: readonly number[], seed: number): Field[] {
  const size = dims.reduce((product, dim) => product * dim, 1);
  const values = randomFloats(size, seed).map((value) => (value - 0.5) / 8);
  return tensor(name, dims, 1, new Uint8Array(values.buffer));
}

function int64s(name: string, values: readonly number[]): Field[] {
  return tensor(name, [values.length], 7, new Uint8Array(BigInt64Array.from(values, BigInt).buffer));
}

function tensor(name: string, dims: readonly number[], dtype: number, raw: Uint8Array): Field[] {
  return [...dims.map((dim) => intField(1, dim)), intField(2, dtype), stringField(8, name), bytesField(9, raw)];
}

function valueInfo(name: string, width: number): Field[] {
  const dims = [messageField(1, [stringField(2, 'n')]), messageField(1, [intField(1, width)])];
  return [stringField(1, name), messageField(2, [messageField(1, [intField(1, 1), messageField(2, dims)])])];
}
