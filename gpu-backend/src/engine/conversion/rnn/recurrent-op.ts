import { constantValue, type Op } from '../op.ts';
import type { TensorValue } from '../value.ts';
import type { Gate, RecurrentCell } from './recurrent-cell.ts';
import { type WeightView, weightConstant } from './weight-view.ts';

/** What a recurrent op returns: all outputs [time, batch, hidden], and its states after the last step. */
export interface RecurrentOutputs {
  readonly all: TensorValue;
  /** In the order of the cell's states, [batch, hidden]. */
  readonly last: readonly TensorValue[];
}

/**
 * ONNX's LSTM, GRU or RNN over `sequence`, [time, batch, inputs], none of them 0. Initial states of undefined are zeros.
 */
export function emitRecurrent(
  op: Op,
  cell: RecurrentCell,
  sequence: TensorValue,
  initial: readonly (TensorValue | undefined)[],
): RecurrentOutputs {
  const { type, gates, inputs, hidden, activations } = cell;
  const rows = gates.length * hidden;
  const w = weights(
    [1, rows, inputs],
    gates.map(({ input }) => [input]),
  );
  const r = weights(
    [1, rows, hidden],
    gates.map(({ recurrent }) => [recurrent]),
  );
  const states = initial.map((state) => state && unsqueezed(op, state));
  const [time, batch] = [sequence.shape?.[0] ?? null, sequence.shape?.[1] ?? null];
  const attributes = {
    hidden_size: hidden,
    activations: { strings: activations },
    ...(type === 'GRU' && { linear_before_reset: cell.isResetAfter ? 1 : 0 }),
  };
  const [all, ...last] = op.emitMany(
    type,
    [sequence, w, r, biases(gates, hidden), undefined, ...states],
    [{ attributes, shape: [time, 1, batch, hidden] }, ...initial.map(() => ({ shape: [1, batch, hidden] }))],
  );
  return {
    all: squeezed(op, all ?? sequence, 1),
    last: last.map((state) => squeezed(op, state, 0)),
  };
}

/** Matrices of the gates one below the other, transposed: ONNX multiplies by them from the right. */
function weights(shape: readonly number[], parts: readonly (readonly WeightView[])[]): TensorValue {
  return constantValue(weightConstant(shape, parts, true));
}

/** [1, 2 * gates * hidden]: those of the input, and those of the recurrent product. */
function biases(gates: readonly Gate[], hidden: number): TensorValue | undefined {
  const parts = [...gates.map((gate) => gate.biases), ...gates.map((gate) => gate.recurrentBiases)];
  return parts.every((views) => views.length === 0)
    ? undefined
    : constantValue(weightConstant([1, parts.length * hidden], parts, false));
}

function unsqueezed(op: Op, value: TensorValue): TensorValue {
  return op.emit('Unsqueeze', [value, op.int64s([0])], { shape: value.shape && [1, ...value.shape] });
}

function squeezed(op: Op, value: TensorValue, axis: number): TensorValue {
  return op.emit('Squeeze', [value, op.int64s([axis])], { shape: value.shape?.toSpliced(axis, 1) ?? null });
}
