import { type Image, toGray, toRgb } from '@tensorfleet/preprocess';
import { describe, expect, it } from 'vitest';

function rgba(...data: number[]): Image {
  return { width: data.length / 4, height: 1, channels: 4, data: Uint8Array.from(data) };
}

describe('toRgb', () => {
  it('drops alpha without compositing, as Pillow does', () => {
    expect(toRgb(rgba(1, 2, 3, 0, 4, 5, 6, 128)).data).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
  });

  it('repeats gray', () => {
    const gray = { width: 2, height: 1, channels: 1, data: Uint8Array.of(7, 9) } as const;
    expect(toRgb(gray).data).toEqual(Uint8Array.of(7, 7, 7, 9, 9, 9));
  });
});

describe('toGray', () => {
  it('keeps all 256 values of gray pixels that were widened to RGBA', () => {
    const values = Array.from({ length: 256 }, (_, value) => value);
    const widened = rgba(...values.flatMap((value) => [value, value, value, 255]));
    expect([...toGray(widened).data]).toEqual(values);
  });

  it('rounds the luma of a color, as Pillow does', () => {
    expect([...toGray(rgba(255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 1, 2, 3, 0)).data]).toEqual([
      76, 150, 29, 2,
    ]);
  });
});
