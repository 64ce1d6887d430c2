import { formatShape, unimplemented } from '@tensorfleet/core';
import type { Piece } from './bundle-index.ts';
import type { SliceExtent } from './ordered-code.ts';

/**
 * A tensor that is cut into pieces along planes, as every partitioner of TensorFlow cuts; a tensor in one piece is the
 * grid without cuts.
 */
export interface SliceGrid {
  readonly axes: readonly GridAxis[];
  /** By position in the grid, row-major. */
  readonly pieces: readonly Piece[];
}

/** The cells along one dimension, side by side. */
type GridAxis = readonly SliceExtent[];

/** Consecutive elements of a piece: where they begin in it, and how many. */
export interface Run {
  readonly piece: Piece;
  readonly offset: number;
  readonly length: number;
}

/** The part of a region that lies in one cell of an axis. */
interface Segment {
  readonly cell: number;
  readonly cellLength: number;
  /** Within the cell. */
  readonly start: number;
  readonly length: number;
}

/**
 * The grid that `pieces` form. Throws UNIMPLEMENTED when they form none: when some are missing, overlap, or lie in
 * another pattern.
 */
export function gridOf(shape: readonly number[], pieces: readonly Piece[]): SliceGrid {
  const axes = shape.map((length, axis) => cellsOf(length, pieces, axis));
  const cells = axes.map((axis) => new Map(axis.map(({ start }, cell) => [start, cell])));
  const placed = new Map<number, Piece>();
  for (const piece of pieces) {
    const position = positionOf(piece, axes, cells);
    if (position !== undefined) {
      placed.set(position, piece);
    }
  }
  const count = axes.reduce((product, axis) => product * axis.length, 1);
  if (count === 0 || placed.size !== count || count !== pieces.length) {
    throw unimplemented(`${pieces.length} slices do not tile a tensor of shape ${formatShape(shape)} in a grid`);
  }
  return { axes, pieces: [...placed].sort(([a], [b]) => a - b).map(([, piece]) => piece) };
}

/** Undefined when the piece is not exactly one cell. */
function positionOf(
  { extents }: Piece,
  axes: readonly GridAxis[],
  cells: readonly ReadonlyMap<number, number>[],
): number | undefined {
  let position = 0;
  for (const [index, axis] of axes.entries()) {
    const extent = extents[index];
    const cell = cells[index]?.get(extent?.start ?? 0) ?? 0;
    if (axis[0]?.start !== 0 || axis[cell]?.length !== extent?.length) {
      return undefined;
    }
    position = position * axis.length + cell;
  }
  return position;
}

/** Each cell ends where the next begins, the last at the tensor's end. */
function cellsOf(length: number, pieces: readonly Piece[], axis: number): GridAxis {
  const starts = [...new Set(pieces.map(({ extents }) => extents[axis]?.start ?? 0))].sort((a, b) => a - b);
  return starts.map((start, cell) => ({ start, length: (starts[cell + 1] ?? length) - start }));
}

/** The elements of `region`, row-major, as runs within pieces; in each piece their offsets ascend. */
export function* runsOf(grid: SliceGrid, region: readonly SliceExtent[]): Generator<Run> {
  const axes = grid.axes.map((axis, index) => segmentsOf(axis, region[index] ?? { start: 0, length: 0 }));
  const [only] = grid.pieces;
  if (axes.length === 0 && only !== undefined) {
    yield { piece: only, offset: 0, length: 1 };
  }
  if (axes.some((segments) => segments.length === 0)) {
    return;
  }
  const inner = innermostCut(axes);
  const stride = axes.slice(inner + 1).reduce((product, segments) => product * (segments[0]?.length ?? 0), 1);
  for (const row of rowsOf(axes.slice(0, inner))) {
    for (const segment of axes[inner] ?? []) {
      let position = 0;
      let offset = 0;
      for (let axis = 0; axis <= inner; axis++) {
        const { cell, cellLength, start } = axis === inner ? segment : (row[axis] ?? segment);
        position = position * (grid.axes[axis]?.length ?? 1) + cell;
        offset = offset * cellLength + start;
      }
      for (let axis = inner + 1; axis < axes.length; axis++) {
        position = position * (grid.axes[axis]?.length ?? 1) + (axes[axis]?.[0]?.cell ?? 0);
      }
      const piece = grid.pieces[position];
      if (piece !== undefined) {
        yield { piece, offset: offset * stride, length: segment.length * stride };
      }
    }
  }
}

function segmentsOf(axis: GridAxis, { start, length }: SliceExtent): readonly Segment[] {
  return axis.flatMap((cell, index) => {
    const from = Math.max(start, cell.start);
    const to = Math.min(start + length, cell.start + cell.length);
    return from < to ? [{ cell: index, cellLength: cell.length, start: from - cell.start, length: to - from }] : [];
  });
}

/** The last axis of which not all elements lie side by side; 0 when all do. */
function innermostCut(axes: readonly (readonly Segment[])[]): number {
  const cut = axes.findLastIndex((segments) => segments.length > 1 || segments[0]?.length !== segments[0]?.cellLength);
  return Math.max(cut, 0);
}

/** Every combination of single elements, one per axis, the last axis fastest; what is yielded changes afterwards. */
function* rowsOf(axes: readonly (readonly Segment[])[]): Generator<readonly Segment[]> {
  const current = axes.map(() => 0);
  const row = axes.map((segments) => segments[0] ?? NOTHING);
  for (let axis = 0; axis >= 0; ) {
    yield row;
    for (axis = axes.length - 1; axis >= 0; axis--) {
      const segments = axes[axis] ?? [];
      const element = row[axis] ?? NOTHING;
      if (element.length > 1) {
        row[axis] = { ...element, start: element.start + 1, length: element.length - 1 };
        break;
      }
      const next = ((current[axis] ?? 0) + 1) % segments.length;
      current[axis] = next;
      row[axis] = segments[next] ?? NOTHING;
      if (next > 0) {
        break;
      }
    }
  }
}

const NOTHING: Segment = { cell: 0, cellLength: 0, start: 0, length: 0 };
