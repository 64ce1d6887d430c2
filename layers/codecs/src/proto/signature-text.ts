import { fullTensorName, type Signature, type TensorSpec } from '@tensorfleet/core';
import { tensorFlowDTypeName } from '../tensorflow-dtype.ts';

const INDENT = '  ';

/** A SignatureDef in protobuf's text format, as TensorFlow Serving's errors show it: names sorted, one field per line. */
export function signatureToText({ inputs, outputs, methodName }: Signature): string {
  const method = methodName === '' ? [] : [`method_name: ${quoted(methodName)}`];
  return [...tensorInfos('inputs', inputs), ...tensorInfos('outputs', outputs), ...method, ''].join('\n');
}

function tensorInfos(field: string, specs: ReadonlyMap<string, TensorSpec>): readonly string[] {
  return [...specs.keys()].toSorted().flatMap((alias) => {
    const spec = specs.get(alias);
    return spec === undefined ? [] : block(field, [`key: ${quoted(alias)}`, ...block('value', tensorInfo(spec))]);
  });
}

function tensorInfo(spec: TensorSpec): readonly string[] {
  const dimensions = (spec.shape ?? []).flatMap((size) => block('dim', size === 0 ? [] : [`size: ${size ?? -1}`]));
  return [
    `name: ${quoted(fullTensorName(spec))}`,
    `dtype: ${tensorFlowDTypeName(spec.dtype)}`,
    ...block('tensor_shape', spec.shape === null ? ['unknown_rank: true'] : dimensions),
  ];
}

function block(field: string, lines: readonly string[]): readonly string[] {
  return [`${field} {`, ...lines.map((line) => INDENT + line), '}'];
}

/** Bytes beyond printable ASCII as octal escapes. */
function quoted(text: string): string {
  const escaped = Array.from(new TextEncoder().encode(text), (byte) => {
    const character = String.fromCharCode(byte);
    if (character === '"' || character === '\\') {
      return `\\${character}`;
    }
    return byte >= 0x20 && byte < 0x7f ? character : `\\${byte.toString(8).padStart(3, '0')}`;
  });
  return `"${escaped.join('')}"`;
}
