import type { GraphBuilder } from './graph-builder.ts';
import type { ProgramBuilder } from './program-builder.ts';
import type { TensorValue } from './value.ts';

/** Where nodes are emitted: in the stage that suits their inputs, or in the body of a loop or branch. */
export class Scope {
  readonly program: ProgramBuilder;
  /** The body's graph; undefined outside of bodies. */
  readonly body: GraphBuilder | undefined;

  constructor(program: ProgramBuilder, body?: GraphBuilder) {
    this.program = program;
    this.body = body;
  }

  graphFor(inputs: readonly (TensorValue | undefined)[]): GraphBuilder {
    return this.body ?? this.program.graphFor(inputs);
  }

  nameIn(graph: GraphBuilder, value: TensorValue): string {
    return this.program.nameIn(graph, value);
  }
}
