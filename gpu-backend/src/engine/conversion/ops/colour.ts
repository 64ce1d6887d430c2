import type { DType } from '@tensorfleet/core';
import type { Op } from '../op.ts';
import type { OpHandler, OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { scalarLike } from './elementwise.ts';

/** Ops on colours, which are the last dimension: red, green, blue, or hue, saturation, value. */
export const COLOUR_OPS: OpTable = {
  RGBToHSV: onColours(['FP32', 'FP64'], (colours) => {
    const { hue, saturation, value } = hsvOf(colours);
    return colours.joined([hue, saturation, value]);
  }),
  HSVToRGB: onColours(['FP32', 'FP64'], (colours) => {
    const [hue, saturation, value] = colours.parts;
    return fromHsv(colours, hue, saturation, value);
  }),
  AdjustSaturation: onColours(['FP32'], (colours, op) => {
    const { hue, saturation, value } = hsvOf(colours);
    return fromHsv(colours, hue, colours.clipped(colours.times(saturation, op.tensor(1))), value);
  }),
  AdjustHue: onColours(['FP32'], adjustHue),
  AdjustContrastv2: adjustContrast,
};

type Three = readonly [TensorValue, TensorValue, TensorValue];

/** The three parts of colours [..., 3], each [..., 1], and the arithmetic on them. */
class Colours {
  readonly parts: Three;
  readonly #op: Op;

  constructor(op: Op, x: TensorValue) {
    this.#op = op;
    const shape = x.shape === null ? null : [...x.shape.slice(0, -1), 1];
    const outputs = [{ attributes: { axis: -1 }, shape }, { shape }, { shape }];
    this.parts = op.emitMany('Split', [x, op.int64s([1, 1, 1])], outputs) as unknown as Three; // three were asked for
  }

  joined(parts: Three): TensorValue {
    return this.#op.emit('Concat', parts, { attributes: { axis: -1 } });
  }

  plus(a: TensorValue, b: TensorValue | number): TensorValue {
    return this.#op.binary('Add', a, this.#like(a, b));
  }

  minus(a: TensorValue | number, b: TensorValue): TensorValue {
    return this.#op.binary('Sub', this.#like(b, a), b);
  }

  times(a: TensorValue, b: TensorValue | number): TensorValue {
    return this.#op.binary('Mul', a, this.#like(a, b));
  }

  over(a: TensorValue | number, b: TensorValue): TensorValue {
    return this.#op.binary('Div', this.#like(b, a), b);
  }

  absolute(a: TensorValue): TensorValue {
    return this.#op.unary('Abs', a);
  }

  floor(a: TensorValue): TensorValue {
    return this.#op.unary('Floor', a);
  }

  largest(parts: Three): TensorValue {
    return this.#op.emit('Max', parts, { shape: parts[0].shape });
  }

  smallest(parts: Three): TensorValue {
    return this.#op.emit('Min', parts, { shape: parts[0].shape });
  }

  /** In [0, 1]. */
  clipped(a: TensorValue): TensorValue {
    return this.#op.emit('Clip', [a, scalarLike(this.#op, a, 0), scalarLike(this.#op, a, 1)], { shape: a.shape });
  }

  /** `yes` where a is above `limit`. */
  ifAbove(a: TensorValue, limit: number, yes: TensorValue, no: TensorValue | number): TensorValue {
    return this.#where(this.#op.binary('Greater', a, this.#like(a, limit), { dtype: 'BOOL' }), yes, no);
  }

  ifEqual(a: TensorValue, b: TensorValue, yes: TensorValue, no: TensorValue): TensorValue {
    return this.#where(this.#op.binary('Equal', a, b, { dtype: 'BOOL' }), yes, no);
  }

  #where(condition: TensorValue, yes: TensorValue, no: TensorValue | number): TensorValue {
    return this.#op.emit('Where', [condition, yes, this.#like(yes, no)], { dtype: yes.dtype, shape: yes.shape });
  }

  #like(like: TensorValue, value: TensorValue | number): TensorValue {
    return typeof value === 'number' ? scalarLike(this.#op, like, value) : value;
  }
}

/** Narrow dtypes, which TensorFlow computes in, are refused. */
function onColours(dtypes: readonly DType[], compute: (colours: Colours, op: Op) => TensorValue): OpHandler {
  return (op) => {
    const x = op.tensor(0);
    return dtypes.includes(x.dtype)
      ? { ...compute(new Colours(op, x), op), shape: x.shape }
      : op.refuse(`dtype ${x.dtype} is not supported`);
  };
}

interface Hsv {
  readonly hue: TensorValue;
  readonly saturation: TensorValue;
  readonly value: TensorValue;
  readonly range: TensorValue;
}

function hsvOf(colours: Colours): Hsv {
  const [red, green, blue] = colours.parts;
  const value = colours.largest(colours.parts);
  const range = colours.minus(value, colours.smallest(colours.parts));
  const saturation = colours.ifAbove(value, 0, colours.over(range, value), 0);
  const norm = colours.over(1 / 6, range);
  const part = (a: TensorValue, b: TensorValue, start: number): TensorValue =>
    colours.plus(colours.times(norm, colours.minus(a, b)), start);
  const other = colours.ifEqual(green, value, part(blue, red, 2 / 6), part(red, green, 4 / 6));
  const angle = colours.ifEqual(red, value, part(green, blue, 0), other);
  const coloured = colours.ifAbove(range, 0, angle, 0);
  const isNegative = colours.times(coloured, -1);
  return { hue: colours.ifAbove(isNegative, 0, colours.plus(coloured, 1), coloured), saturation, value, range };
}

/** How much of each colour there is at a hue of 0 to 6, from 0 to 1. */
function ramps(colours: Colours, sixths: TensorValue): Three {
  const distance = (centre: number): TensorValue => colours.absolute(colours.plus(sixths, -centre));
  const red = colours.clipped(colours.plus(distance(3), -1));
  const green = colours.clipped(colours.minus(2, distance(2)));
  const blue = colours.clipped(colours.minus(2, distance(4)));
  return [red, green, blue];
}

function fromHsv(colours: Colours, hue: TensorValue, saturation: TensorValue, value: TensorValue): TensorValue {
  const white = colours.minus(1, saturation);
  const [red, green, blue] = ramps(colours, colours.times(hue, 6)).map((ramp) =>
    colours.times(colours.plus(white, colours.times(saturation, ramp)), value),
  ) as unknown as Three; // of three
  return colours.joined([red, green, blue]);
}

/** The hue goes round by delta; the darkest and the brightest part stay. */
function adjustHue(colours: Colours, op: Op): TensorValue {
  const { hue, value, range } = hsvOf(colours);
  const moved = colours.plus(hue, op.tensor(1));
  const sixths = colours.times(colours.minus(moved, colours.floor(moved)), 6);
  const darkest = colours.minus(value, range);
  const [red, green, blue] = ramps(colours, sixths).map((ramp) =>
    colours.plus(darkest, colours.times(range, ramp)),
  ) as unknown as Three; // of three
  return colours.joined([red, green, blue]);
}

/** images: [..., h, w, c]; the distance from the channel's mean times the factor. */
function adjustContrast(op: Op): TensorValue {
  const images = op.tensor(0);
  const x = op.cast(images, 'FP32');
  const rank = op.rank(x);
  const axes = op.int64s([rank - 3, rank - 2]);
  const mean = op.emit('ReduceMean', [x, axes], { attributes: { keepdims: 1 } });
  const scaled = op.binary('Mul', op.binary('Sub', x, mean), op.tensor(1));
  return op.cast(op.binary('Add', scaled, mean, { shape: x.shape }), images.dtype);
}
