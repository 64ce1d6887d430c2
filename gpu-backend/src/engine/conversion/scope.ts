import type { GraphBuilder } from './graph-builder.ts';
import type { ProgramBuilder } from './program-builder.ts';
import type { TensorValue } from './value.ts';
import type { VariableState } from './variable-state.ts';

/** Where nodes are emitted: in the stage that suits their inputs, or in the body of a loop or branch. */
export class Scope {
  readonly program: ProgramBuilder;
  /** The body's graph; undefined outside of bodies. */
  readonly body: GraphBuilder | undefined;
  /** The variables that change; undefined where they must not be used, as in bodies. */
  readonly state: VariableState | undefined;

  /** In a body: what must be true in every run of it. */
  readonly checks: { readonly value: TensorValue; readonly message: string }[] = [];

  constructor(program: ProgramBuilder, body?: GraphBuilder, state?: VariableState) {
    this.program = program;
    this.body = body;
    this.state = state;
  }

  graphFor(inputs: readonly (TensorValue | undefined)[]): GraphBuilder {
    return this.body ?? this.program.graphFor(inputs);
  }

  /** A run fails with `message` when an element of the BOOL `value` is false. */
  check(value: TensorValue, message: string): void {
    if (this.body === undefined) {
      this.program.check(value, message);
    } else {
      this.checks.push({ value, message });
    }
  }

  nameIn(graph: GraphBuilder, value: TensorValue): string {
    return this.program.nameIn(graph, value);
  }
}
