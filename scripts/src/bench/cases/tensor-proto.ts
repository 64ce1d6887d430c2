import { decodeTensorProto, encodeTensorProto } from '@tensorfleet/codecs';
import { tensor } from '@tensorfleet/core';
import type { BenchCase } from '../bench-case.ts';
import { microContest } from '../micro-contest.ts';
import { type FloatTensorMessage, floatsOf, floatTensorMessage, TENSOR_PROTO } from '../predict-messages.ts';
import { randomFloats } from '../seeded-random.ts';

/** Ten scores, a handwritten digit, a picture of 224 x 224 in colour. */
const SHAPES = [
  [1, 10],
  [1, 28, 28, 1],
  [1, 224, 224, 3],
] as const;

const PROTOBUFJS = 'protobufjs, as Float32Array';

/** One tensor of floats to and from the wire; each side ends with typed values, or bytes, that the next floor takes. */
export const TENSOR_PROTO_CASES: readonly BenchCase[] = SHAPES.flatMap((shape) => {
  const size = shape.reduce<number>((product, dimension) => product * dimension, 1);
  const values = randomFloats(size, size);
  const input = tensor('FP32', shape, values);
  const contentMessage = floatTensorMessage(shape, { tensorContent: new Uint8Array(values.buffer) });
  const typedMessage = floatTensorMessage(shape, { floatVal: values });
  const decode = (name: string, bytes: Uint8Array): BenchCase => ({
    name: `tensor-proto/${name}/${size}`,
    against: PROTOBUFJS,
    open: () =>
      microContest({
        ours: () => decodeTensorProto(bytes).data,
        // protobufjs's types say only that this is a message.
        theirs: () => floatsOf(TENSOR_PROTO.decode(bytes) as unknown as FloatTensorMessage),
      }),
  });
  const encode = (name: string, content: 'packed' | 'typed', message: object): BenchCase => ({
    name: `tensor-proto/${name}/${size}`,
    against: 'protobufjs',
    open: () =>
      microContest({
        ours: () => encodeTensorProto(input, { content }),
        theirs: () => TENSOR_PROTO.encode(message).finish(),
      }),
  });
  return [
    decode('decode-content', encodeTensorProto(input, { content: 'packed' })),
    decode('decode-values', encodeTensorProto(input, { content: 'typed' })),
    encode('encode-content', 'packed', contentMessage),
    encode('encode-values', 'typed', typedMessage),
  ];
});
