import { attributesOf } from './attribute-values.ts';
import { inPlace } from './file-access.ts';
import type { ArgumentDef, FunctionDef, GraphDef, NodeDef, OpDef } from './graph-def.ts';
import { decodeMessage } from './proto/message-decoder.ts';
import type { Message } from './proto/message-schemas.ts';

/**
 * The graph in the bytes of a tensorflow.GraphDef, which is also what a frozen graph's file holds. `source` names the
 * bytes in errors. Throws DATA_LOSS; tensors of attributes are views into `bytes`.
 */
export function decodeGraphDef(bytes: Uint8Array, source = 'the graph'): GraphDef {
  return graphOf(
    inPlace(source, () => decodeMessage(bytes, 'GraphDef')),
    source,
  );
}

export function graphOf(raw: Message<'GraphDef'> | undefined, source: string): GraphDef {
  const functions = (raw?.library?.function ?? []).map((one) => functionDefOf(one, source));
  return {
    nodes: (raw?.node ?? []).map((node) => nodeOf(node, source)),
    functions: new Map(functions.map((one) => [one.name, one])),
    producer: raw?.versions?.producer ?? raw?.version ?? 0,
  };
}

export function opDefOf(raw: Message<'OpDef'>): OpDef {
  return { name: raw.name ?? '', outputs: raw.output_arg.map(argumentOf) };
}

function nodeOf(raw: Message<'NodeDef'>, source: string): NodeDef {
  const name = raw.name ?? '';
  return { name, op: raw.op ?? '', inputs: raw.input, attributes: attributesOf(raw.attr, `${source}: node "${name}"`) };
}

function functionDefOf(raw: Message<'FunctionDef'>, source: string): FunctionDef {
  const name = raw.signature?.name ?? '';
  const place = `${source}: function "${name}"`;
  return {
    name,
    inputs: (raw.signature?.input_arg ?? []).map(argumentOf),
    outputs: (raw.signature?.output_arg ?? []).map(argumentOf),
    attributes: attributesOf(raw.attr, place),
    nodes: raw.node_def.map((node) => nodeOf(node, place)),
    returns: raw.ret,
    controlReturns: [...raw.control_ret.values()],
  };
}

function argumentOf(raw: Message<'ArgDef'>): ArgumentDef {
  return {
    name: raw.name ?? '',
    type: raw.type ?? 0,
    typeAttribute: raw.type_attr ?? '',
    numberAttribute: raw.number_attr ?? '',
    typeListAttribute: raw.type_list_attr ?? '',
  };
}
