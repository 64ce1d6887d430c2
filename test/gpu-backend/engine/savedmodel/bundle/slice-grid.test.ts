import { Code } from '@tensorfleet/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Piece } from '../../../../../gpu-backend/src/engine/savedmodel/bundle/bundle-index.ts';
import type { SliceExtent } from '../../../../../gpu-backend/src/engine/savedmodel/bundle/ordered-code.ts';
import { gridOf, runsOf } from '../../../../../gpu-backend/src/engine/savedmodel/bundle/slice-grid.ts';
import { thrownBy } from '../../../../layers/codecs/thrown-by.ts';

const NO_BYTES = { shard: 0, offset: 0, size: 0, crc32c: 0 };

function pieceOf(...extents: readonly (readonly [number, number])[]): Piece {
  return { extents: extents.map(([start, length]) => ({ start, length })), bytes: NO_BYTES };
}

/** Every index of a box, row-major. */
function indicesIn(extents: readonly SliceExtent[]): number[][] {
  return extents.reduce<number[][]>(
    (all, { start, length }) => all.flatMap((one) => Array.from({ length }, (_, index) => [...one, start + index])),
    [[]],
  );
}

/** A shape with cuts of each axis, and a region of it. */
const cutTensor = fc
  .array(
    fc.record({
      cells: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
      a: fc.nat(),
      b: fc.nat(),
    }),
    { maxLength: 4 },
  )
  .map((axes) => {
    const cells = axes.map(({ cells: lengths }) =>
      lengths.map((length, index) => ({ start: lengths.slice(0, index).reduce((sum, one) => sum + one, 0), length })),
    );
    const shape = axes.map(({ cells: lengths }) => lengths.reduce((sum, one) => sum + one, 0));
    const region = axes.map(({ a, b }, axis) => {
      const start = a % (shape[axis]! + 1);
      return { start, length: b % (shape[axis]! + 1 - start) };
    });
    const extents = cells.reduce<SliceExtent[][]>(
      (all, axis) => all.flatMap((one) => axis.map((cell) => [...one, cell])),
      [[]],
    );
    return { shape, region, pieces: extents.map((one): Piece => ({ extents: one, bytes: NO_BYTES })) };
  });

describe('runsOf', () => {
  it('goes over the elements of any region in order, and forwards in every piece', () => {
    fc.assert(
      fc.property(cutTensor, fc.nat(), ({ shape, region, pieces }, seed) => {
        const shuffled = pieces.map((_, index) => pieces[(index + seed) % pieces.length]!);
        const reached: number[][] = [];
        const ends = new Map<Piece, number>();
        for (const { piece, offset, length } of runsOf(gridOf(shape, shuffled), region)) {
          expect(offset).toBeGreaterThanOrEqual(ends.get(piece) ?? 0);
          ends.set(piece, offset + length);
          reached.push(...indicesIn(piece.extents).slice(offset, offset + length));
        }

        expect(reached).toEqual(indicesIn(region));
      }),
    );
  });

  it('is one run for a tensor in one piece', () => {
    const whole = pieceOf([0, 3], [0, 4], [0, 5]);

    expect([...runsOf(gridOf([3, 4, 5], [whole]), whole.extents)]).toEqual([{ piece: whole, offset: 0, length: 60 }]);
  });
});

describe('gridOf', () => {
  it.each([
    ['a gap', [6], [pieceOf([0, 2]), pieceOf([3, 3])]],
    ['a missing beginning', [6], [pieceOf([1, 5])]],
    ['a missing end', [6], [pieceOf([0, 5])]],
    ['an overlap', [6], [pieceOf([0, 4]), pieceOf([3, 3])]],
    ['the same piece twice', [6], [pieceOf([0, 6]), pieceOf([0, 6])]],
    ['a missing cell', [2, 2], [pieceOf([0, 1], [0, 1]), pieceOf([0, 1], [1, 1]), pieceOf([1, 1], [0, 1])]],
    ['bricks', [2, 2], [pieceOf([0, 1], [0, 2]), pieceOf([1, 1], [0, 1]), pieceOf([1, 1], [1, 1])]],
    ['no pieces', [6], []],
  ])('refuses %s', (_, shape, pieces) => {
    expect(thrownBy(() => gridOf(shape, pieces)).code).toBe(Code.Unimplemented);
  });
});
