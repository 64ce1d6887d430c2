import { Code, version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import {
  decodeExampleRequest,
  decodeMultiInferenceRequest,
  type ExampleInput,
  encodeExampleRequest,
  encodeMultiInferenceRequest,
  serializedExamples,
} from '../../../../layers/codecs/src/index.ts';
import { bytesField, encodeMessage, messageField } from '../../../../layers/codecs/src/proto/fields.ts';
import { thrownBy } from '../thrown-by.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const sent = (input: ExampleInput): Uint8Array => encodeExampleRequest({ modelSpec: { name: 'm' }, input });

describe('Input of examples', () => {
  it.each<[string, ExampleInput]>([
    ['ExampleList', { examples: [bytes('one'), bytes(''), bytes('three')] }],
    ['ExampleListWithContext', { examples: [bytes('one')], context: bytes('shared') }],
    ['ExampleListWithContext whose context is empty', { examples: [bytes('one')], context: bytes('') }],
  ])('is read back: %s', (_name, input) => {
    const modelSpec = { name: 'm', version: version(3), signatureName: 's' };

    expect(decodeExampleRequest(encodeExampleRequest({ modelSpec, input }))).toEqual({ modelSpec, input });
    const tasks = [{ modelSpec, methodName: 'a' }];
    expect(decodeMultiInferenceRequest(encodeMultiInferenceRequest({ tasks, input }))).toEqual({ tasks, input });
  });

  it('is undefined when the request has none, and has no examples when it has no kind', () => {
    expect(decodeExampleRequest(new Uint8Array(0))).toEqual({ modelSpec: undefined, input: undefined });
    expect(decodeExampleRequest(encodeMessage([messageField(2, [])])).input).toEqual({ examples: [] });
  });

  it('hands out views of the message', () => {
    const message = sent({ examples: [bytes('one')] });

    expect(decodeExampleRequest(message).input?.examples[0]?.buffer).toBe(message.buffer);
  });

  it('takes the last context of several, as a string of bytes does not merge', () => {
    const twice = messageField(2, [bytesField(2, bytes('first')), bytesField(2, bytes('second'))]);

    expect(decodeExampleRequest(encodeMessage([messageField(2, [twice])])).input?.context).toEqual(bytes('second'));
  });

  it('refuses more empty examples than the limit has room for', () => {
    const message = sent({ examples: Array.from({ length: 100 }, () => new Uint8Array(0)) });

    expect(decodeExampleRequest(message, { maxTensorBytes: 12_800 }).input?.examples).toHaveLength(100);
    expect(thrownBy(() => decodeExampleRequest(message, { maxTensorBytes: 12_799 }))).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringMatching(/^an example needs 128 bytes; the values of one message may need 12799 bytes/),
    });
  });

  it('refuses an example that claims more bytes than the message has', () => {
    const list = Uint8Array.of(0x0a, 0x7f, 0x61);

    expect(() => decodeExampleRequest(encodeMessage([messageField(2, [bytesField(1, list)])]))).toThrow(
      'ExampleList field 1 at byte 6: 127 bytes are wanted, 1 are left',
    );
  });
});

describe('decodeMultiInferenceRequest', () => {
  it('refuses more tasks than any model has signatures', () => {
    const tasks = (length: number): Uint8Array =>
      encodeMultiInferenceRequest({
        tasks: Array.from({ length }, () => ({ modelSpec: undefined, methodName: '' })),
        input: undefined,
      });

    expect(decodeMultiInferenceRequest(tasks(4_096)).tasks).toHaveLength(4_096);
    expect(() => decodeMultiInferenceRequest(tasks(4_097))).toThrow('the message has more than 4096 tasks');
  });
});

describe('serializedExamples', () => {
  it('puts the context in front of every example', () => {
    const input = { examples: [bytes('-a'), bytes('')], context: bytes('context') };

    expect(serializedExamples(input)).toEqual([bytes('context-a'), bytes('context')]);
  });

  it('copies nothing without a context', () => {
    const examples = [bytes('a'), bytes('b')];

    expect(serializedExamples({ examples })).toBe(examples);
    expect(serializedExamples({ examples, context: bytes('') })).toBe(examples);
  });

  it('refuses a context that a hostile message has repeated without end, before it allocates', () => {
    const input = { examples: new Array<Uint8Array>(1_000_000).fill(bytes('')), context: new Uint8Array(1_000_000) };

    expect(thrownBy(() => serializedExamples(input))).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringMatching(/^the context in front of 1000000 examples needs 1000000000000 bytes/),
    });
  });

  it('tells what it is about to allocate', () => {
    const taken: number[] = [];

    serializedExamples(
      { examples: [bytes('a'), bytes('b')], context: bytes('xyz') },
      { onAllocate: (n) => taken.push(n) },
    );

    expect(taken).toEqual([8]);
  });
});
