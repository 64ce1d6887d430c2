/** A length-delimited field of a protobuf message. */
export function field(number: number, ...contents: readonly (string | Uint8Array)[]): Uint8Array {
  const content = Buffer.concat(contents.map((each) => (typeof each === 'string' ? Buffer.from(each) : each)));
  return Buffer.concat([varint(number * 8 + 2), varint(content.length), content]);
}

export function varintField(number: number, value: number): Uint8Array {
  return Buffer.concat([varint(number * 8), varint(value)]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) {
    bytes.push((rest % 0x80) + 0x80);
  }
  return Uint8Array.from([...bytes, rest]);
}

/** A SavedModel that wants a checkpoint, with these assets. */
export function savedModelBytes(...assets: readonly string[]): Uint8Array {
  const graph = field(2, field(1, field(2, 'VarHandleOp')));
  return field(2, graph, field(3, field(1, 'save/Const')), ...assets.map((name) => field(6, field(2, name))));
}

/** The head of a variables.index of so many data files. */
export function bundleIndexBytes(shards: number): Uint8Array {
  const header = Buffer.concat([varintField(1, shards), field(3, varintField(1, 1))]);
  return Buffer.concat([Uint8Array.of(0, 0, header.length), header, Buffer.alloc(80)]);
}

/** An ONNX model whose tensors lie in these files. */
export function onnxBytes(...locations: readonly string[]): Uint8Array {
  const tensor = (location: string): Uint8Array =>
    Buffer.concat([
      field(8, 'w'),
      varintField(14, 1),
      field(13, field(1, 'location'), field(2, location)),
      field(13, field(1, 'offset'), field(2, '0')),
    ]);
  const [first = '', ...others] = locations;
  const branch = field(1, field(5, field(1, 'then_branch'), field(6, ...others.map((each) => field(5, tensor(each))))));
  return Buffer.concat([varintField(1, 10), field(7, ...(first === '' ? [] : [field(5, tensor(first))]), branch)]);
}
