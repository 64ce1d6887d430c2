import type { AnyTensor } from '@tensorfleet/core';
import type {
  AttributeMap,
  AttributeValue,
  GraphDef,
  GraphShape,
  NodeDef,
} from '../../../../gpu-backend/src/engine/savedmodel/graph-def.ts';
import { dtypeToTensorFlow } from '../../../../layers/codecs/src/index.ts';

/** A graph as lines of text, the same that `test/golden/savedmodel/make.py` writes from TensorFlow's own messages. */
export function graphText(graph: GraphDef): string {
  const functions = [...graph.functions.values()].sort((a, b) => compare(a.name, b.name));
  return [
    `producer ${graph.producer}`,
    ...nodeLines(graph.nodes),
    ...functions.flatMap((one) => [
      `function ${one.name} ${one.inputs.map(({ name }) => name).join(' ')} -> ` +
        one.outputs.map(({ name }) => `${name}=${one.returns.get(name)}`).join(' '),
      `control ${[...one.controlReturns].sort(compare).join(' ')}`.trimEnd(),
      ...nodeLines(one.nodes),
    ]),
  ].join('\n');
}

export function tensorText(tensor: AnyTensor): string {
  const data =
    tensor.dtype === 'STRING'
      ? tensor.data.map((one) => Buffer.from(one).toString('base64')).join(' ')
      : Buffer.from(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength).toString('hex');
  return `${dtypeToTensorFlow(tensor.dtype)}:${tensor.shape.join('x')}:${data}`;
}

function nodeLines(nodes: readonly NodeDef[]): string[] {
  return nodes.flatMap((node) => [
    `node ${node.name} ${node.op} ${node.inputs.join(' ')}`.trimEnd(),
    ...attributeTexts(node.attributes).map((text) => `  ${text.replace('=', ' ')}`),
  ]);
}

function attributeTexts(attributes: AttributeMap): string[] {
  const names = [...attributes.keys()].sort(compare);
  return names.map((name) => `${name}=${attributeText(attributes.get(name)!)}`);
}

function attributeText(attribute: AttributeValue): string {
  switch (attribute.kind) {
    case 'string':
      return `s ${hex(attribute.value)}`;
    case 'int':
      return `i ${attribute.value}`;
    case 'float':
      return `f ${floatText(attribute.value)}`;
    case 'bool':
      return `b ${attribute.value}`;
    case 'type':
      return `type ${attribute.value}`;
    case 'shape':
      return `shape ${shapeText(attribute.value)}`;
    case 'tensor':
      return `tensor ${tensorText(attribute.load())}`;
    case 'function':
      return `func ${attribute.value.name}(${attributeTexts(attribute.value.attributes).join(';')})`;
    case 'placeholder':
      return `placeholder ${attribute.value}`;
    case 'list': {
      const { strings, ints, floats, bools, types, shapes, tensors, functions } = attribute.value;
      const parts: readonly (readonly [string, readonly string[]])[] = [
        ['s', strings.map(hex)],
        ['i', ints.map(String)],
        ['f', floats.map(floatText)],
        ['b', bools.map(String)],
        ['type', types.map(String)],
        ['shape', shapes.map(shapeText)],
        ['tensor', tensors.map((load) => tensorText(load()))],
        ['func', functions.map(({ name, attributes }) => `${name}(${attributeTexts(attributes).join(';')})`)],
      ];
      return ['list', ...parts.filter(([, all]) => all.length > 0).map(([name, all]) => `${name}[${all.join()}]`)].join(
        ' ',
      );
    }
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function floatText(value: number): string {
  return hex(new Uint8Array(Float32Array.of(value).buffer));
}

function shapeText(shape: GraphShape): string {
  return shape === null ? '?' : shape.map((one) => one ?? -1).join('x') || 'scalar';
}

/** By code units, as Python sorts ASCII names. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
