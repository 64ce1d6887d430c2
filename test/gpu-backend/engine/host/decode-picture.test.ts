import { type AnyTensor, CODE_NAMES, StatusError } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { HOST_OPS } from '../../../../gpu-backend/src/engine/host/host-ops.ts';
import { type GoldenCase, readGoldens, tensorOf } from './goldens.ts';

const OPS = ['DecodeImage', 'DecodeJpeg', 'DecodePng'];
const cases = OPS.flatMap((op) =>
  readGoldens()
    .get(op)!
    .map((golden) => ({ op, golden })),
);
const isJpeg = ({ golden }: { golden: GoldenCase }): boolean =>
  String(golden.inputs[0]!.data[0]).startsWith('\xff\xd8');
/** A frame header of one component is 11 bytes long. */
const isGray = ({ golden }: { golden: GoldenCase }): boolean =>
  String(golden.inputs[0]!.data[0]).includes('\xff\xc0\0\x0b');
const isDeep = ({ golden }: { golden: GoldenCase }): boolean => String(golden.inputs[0]!.data[0])[24] === '\x10';
/** Colour to gray is done inside TensorFlow's decoders, before what we see of the picture. */
const isOurRefusal = (one: { golden: GoldenCase }): boolean =>
  one.golden.attributes['channels'] === 1 && (isJpeg(one) ? !isGray(one) : isDeep(one));

async function decode(op: string, { attributes, inputs }: GoldenCase): Promise<AnyTensor | string> {
  try {
    const [picture] = await HOST_OPS.get(op)!(attributes, [])(inputs.map(tensorOf));
    return picture!;
  } catch (reason) {
    return StatusError.is(reason) ? CODE_NAMES[reason.code] : String(reason);
  }
}

describe('decoding pictures', () => {
  it('refuses what TensorFlow refuses', async () => {
    const refused = cases.filter((one) => one.golden.error !== undefined && !isOurRefusal(one));
    const codes = await Promise.all(refused.map(({ op, golden }) => decode(op, golden)));
    expect(codes).toEqual(refused.map(({ golden }) => golden.error));
  });

  it('decodes as TensorFlow does', async () => {
    const exact = cases.filter((one) => one.golden.outputs !== undefined && !isOurRefusal(one));
    for (const { op, golden } of exact) {
      const picture = await decode(op, golden);
      expect(picture, JSON.stringify(golden.attributes)).toEqual(tensorOf(golden.outputs![0]!));
    }
    expect(exact.length).toBeGreaterThan(40);
  });

  it('refuses to make one channel of colours, but for PNGs of 8 bits', async () => {
    const answers = await Promise.all(cases.filter(isOurRefusal).map(({ op, golden }) => decode(op, golden)));
    expect(new Set(answers)).toEqual(new Set(['UNIMPLEMENTED']));
  });

  it.each([
    ['DecodeJpeg', { ratio: 2 }],
    ['DecodeJpeg', { fancy_upscaling: false }],
    ['DecodeJpeg', { dct_method: 'FLOAT' }],
    ['DecodeJpeg', { try_recover_truncated: true }],
    ['DecodePng', { dtype: 'UINT16' }],
    ['DecodeImage', { dtype: 'FP32' }],
    ['DecodePng', { channels: 2 }],
  ])('%s refuses %j before a request comes', (op, attributes) => {
    expect(() => HOST_OPS.get(op)!(attributes, [])).toThrow('not supported');
  });
});
