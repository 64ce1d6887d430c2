import type { Linear, Term } from './cell-terms.ts';
import { lengthOf, type WeightView } from './weight-view.ts';

/** One gate: the columns of its weights, [inputs, hidden] and [hidden, hidden], and what is added. */
export interface Gate {
  /** What it reads, [time, batch, inputs], by name in the graph around the loop. */
  readonly sequence: string;
  readonly input: WeightView;
  readonly recurrent: WeightView;
  readonly biases: readonly WeightView[];
  /** Added to the recurrent product alone, before the reset gate. */
  readonly recurrentBiases: readonly WeightView[];
  readonly activation: string;
}

/** A recurrent cell as ONNX has it. */
export interface RecurrentCell {
  readonly type: 'LSTM' | 'GRU' | 'RNN';
  /** As its gates'. */
  readonly sequence: string;
  readonly inputs: number;
  readonly hidden: number;
  /** In ONNX's order: LSTM i o f c, GRU z r h. */
  readonly gates: readonly Gate[];
  /** In ONNX's order. */
  readonly activations: readonly string[];
  /** The variables of the loop: h, and c of an LSTM. */
  readonly states: readonly string[];
  readonly isResetAfter: boolean;
}

/** What the iteration makes of each state, by the state's name. */
export type NextStates = ReadonlyMap<string, Term>;

/** The cell that computes these states; undefined when it is none that ONNX has. */
export function recurrentCell(next: NextStates): RecurrentCell | undefined {
  const [first, second, third] = [...next.keys()];
  if (first === undefined || third !== undefined) {
    return undefined;
  }
  const cell =
    second === undefined
      ? (gruCell(next, first) ?? simpleCell(next, first))
      : (lstmCell(next, first, second) ?? lstmCell(next, second, first));
  return cell !== undefined && isConsistent(cell) ? cell : undefined;
}

/** c' = f * c + i * g, h' = o * activation(c'). */
function lstmCell(next: NextStates, h: string, c: string): RecurrentCell | undefined {
  const [memory, output] = [next.get(c), next.get(h)];
  const products =
    memory && pairs(memory, 'Add').flatMap(([a, b]) => pairs(a, 'Mul').map((kept) => ({ kept, added: b })));
  const kept = products?.find(({ kept: [, state] }) => isState(state, c));
  const forget = kept && gateOf(kept.kept[0], h);
  const outputs = output && pairs(output, 'Mul').find(([, b]) => isActivationOf(b, memory));
  const out = outputs && gateOf(outputs[0], h);
  if (kept === undefined || forget === undefined || out === undefined || outputs?.[1].kind !== 'activation') {
    return undefined;
  }
  const inputs = pairs(kept.added, 'Mul').map(([a, b]) => ({ input: gateOf(a, h), added: gateOf(b, h) }));
  const found = inputs.find(({ input, added }) => input?.activation === forget.activation && added !== undefined);
  if (found?.input === undefined || found.added === undefined || out.activation !== forget.activation) {
    return undefined;
  }
  const activations = [forget.activation, found.added.activation, outputs[1].type];
  return cellOf('LSTM', [found.input, out, forget, found.added], activations, [h, c], false);
}

/** h' = z * h + (1 - z) * activation(...), with the reset gate before or after the recurrent product. */
function gruCell(next: NextStates, h: string): RecurrentCell | undefined {
  for (const [a, b] of pairs(next.get(h), 'Add')) {
    const kept = pairs(a, 'Mul').find(([, state]) => isState(state, h))?.[0];
    const update = kept && gateOf(kept, h);
    const added = pairs(b, 'Mul').find(([rest]) => isRestOf(rest, kept))?.[1];
    if (update === undefined || added?.kind !== 'activation') {
      continue;
    }
    const found = resetAfter(added.of, added.type, h) ?? resetBefore(added.of, added.type, h);
    if (found === undefined || found.reset.activation !== update.activation) {
      continue;
    }
    const activations = [update.activation, added.type];
    return cellOf('GRU', [update, found.reset, found.candidate], activations, [h], found.isAfter);
  }
  return undefined;
}

interface Candidate {
  readonly reset: Gate;
  readonly candidate: Gate;
  readonly isAfter: boolean;
}

/** x · W + b + r * (h · R + b'). */
function resetAfter(sum: Term, activation: string, h: string): Candidate | undefined {
  for (const [outer, product] of pairs(sum, 'Add')) {
    for (const [gate, inner] of pairs(product, 'Mul')) {
      const reset = gateOf(gate, h);
      const isSplit = outer.kind === 'linear' && inner.kind === 'linear' && outer.recurrent === undefined;
      if (reset !== undefined && isSplit && inner.input === undefined && isState(inner.recurrent?.of, h)) {
        const candidate = linearGate(outer, inner.recurrent?.view, inner.biases, activation);
        return candidate && { reset, candidate, isAfter: true };
      }
    }
  }
  return undefined;
}

/** x · W + b + (r * h) · R. */
function resetBefore(sum: Term, activation: string, h: string): Candidate | undefined {
  if (sum.kind !== 'linear' || sum.recurrent === undefined) {
    return undefined;
  }
  const gate = pairs(sum.recurrent.of, 'Mul').find(([, state]) => isState(state, h))?.[0];
  const reset = gate && gateOf(gate, h);
  const candidate = linearGate(sum, sum.recurrent.view, [], activation);
  return reset && candidate && { reset, candidate, isAfter: false };
}

/** h' = activation(x · W + h · R + b). */
function simpleCell(next: NextStates, h: string): RecurrentCell | undefined {
  const term = next.get(h);
  const gate = term && gateOf(term, h);
  return gate && cellOf('RNN', [gate], [gate.activation], [h], false);
}

function cellOf(
  type: RecurrentCell['type'],
  gates: readonly [Gate, ...Gate[]],
  activations: readonly string[],
  states: readonly string[],
  isResetAfter: boolean,
): RecurrentCell {
  const [{ sequence, input }] = gates;
  const [inputs, hidden] = [lengthOf(input.rows), lengthOf(input.columns)];
  return { type, sequence, inputs, hidden, gates, activations, states, isResetAfter };
}

/** Whether all gates read the same and are as large. */
function isConsistent({ gates, sequence, inputs, hidden }: RecurrentCell): boolean {
  return gates.every((gate) => {
    const { input, recurrent } = gate;
    const isSquare = lengthOf(recurrent.rows) === hidden && lengthOf(recurrent.columns) === hidden;
    const isAsLarge = lengthOf(input.rows) === inputs && lengthOf(input.columns) === hidden;
    const biases = [...gate.biases, ...gate.recurrentBiases];
    return (
      gate.sequence === sequence && isSquare && isAsLarge && biases.every(({ columns }) => lengthOf(columns) === hidden)
    );
  });
}

/** activation(x · W + h · R + b). */
function gateOf(term: Term, h: string): Gate | undefined {
  const linear = term.kind === 'activation' && term.of.kind === 'linear' ? term.of : undefined;
  return term.kind === 'activation' && linear !== undefined && isState(linear.recurrent?.of, h)
    ? linearGate(linear, linear.recurrent?.view, [], term.type)
    : undefined;
}

function linearGate(
  { input, biases }: Linear,
  recurrent: WeightView | undefined,
  recurrentBiases: readonly WeightView[],
  activation: string,
): Gate | undefined {
  return (
    input &&
    recurrent && { sequence: input.sequence, input: input.view, recurrent, biases, recurrentBiases, activation }
  );
}

function isState(term: Term | undefined, name: string): boolean {
  return term?.kind === 'state' && term.name === name;
}

function isActivationOf(term: Term, of: Term | undefined): boolean {
  return term.kind === 'activation' && term.of === of;
}

/** Whether `term` is 1 - `gate`. */
function isRestOf(term: Term, gate: Term | undefined): boolean {
  if (term.kind !== 'operation' || term.type !== 'Sub') {
    return false;
  }
  const [one, other] = term.terms;
  return one.kind === 'number' && one.value === 1 && other === gate;
}

/** The terms of an operation whose order does not matter, in both orders. */
function pairs(term: Term | undefined, type: 'Add' | 'Mul'): readonly (readonly [Term, Term])[] {
  if (term?.kind !== 'operation' || term.type !== type) {
    return [];
  }
  const [a, b] = term.terms;
  return [
    [a, b],
    [b, a],
  ];
}
