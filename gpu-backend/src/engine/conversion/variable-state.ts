import { unimplemented } from '@tensorfleet/core';
import type { NodeDef } from '../savedmodel/graph-def.ts';
import type { Constant } from './constant.ts';
import { dependsOn } from './node-order.ts';
import type { ProgramBuilder } from './program-builder.ts';
import type { TensorValue, VariableValue } from './value.ts';

/** A node among those that it runs with: of the main graph, or of a function. */
export interface PlacedCall {
  readonly nodes: ReadonlyMap<string, NodeDef>;
  readonly node: NodeDef;
}

/** A node that reads or changes a variable, below the nodes that called its functions. */
interface Access {
  readonly calls: readonly PlacedCall[];
  readonly changes: boolean;
}

/** A variable that the program reads or changes. */
interface UsedVariable {
  readonly constant: Constant;
  /** Holds its value when the program begins. */
  readonly before: TensorValue;
  value: TensorValue;
  readonly accesses: Access[];
}

/** What a program does to a variable; `after` is undefined when it only reads. */
export interface StateChange {
  readonly variable: string;
  readonly initial: Constant;
  readonly before: TensorValue;
  readonly after: TensorValue | undefined;
}

/**
 * The variables that requests change, while a program is made: each is a value that an assignment replaces, so a
 * program takes them in when it begins and gives them out when it ends.
 *
 * That is right only if the order is forced in which a run reads and changes a variable: every access must depend on
 * the changes before it, by data or control.
 */
export class VariableState {
  readonly #program: ProgramBuilder;
  readonly #variables = new Map<string, UsedVariable>();
  readonly #calls: PlacedCall[] = [];
  #assignments = 0;

  constructor(program: ProgramBuilder) {
    this.#program = program;
  }

  /** Assignments that were made. */
  get assignments(): number {
    return this.#assignments;
  }

  get changes(): readonly StateChange[] {
    return Array.from(this.#variables, ([variable, { constant, before, value }]) => {
      return { variable, initial: constant, before, after: value === before ? undefined : value };
    });
  }

  /** What `run` reads and changes is done by this node. */
  during<T>(call: PlacedCall, run: () => T): T {
    this.#calls.push(call);
    try {
      return run();
    } finally {
      this.#calls.pop();
    }
  }

  /** Throws UNIMPLEMENTED when it is open whether a change before it, or one that follows, is seen. */
  read(variable: VariableValue): TensorValue {
    return this.#access(variable, false).value;
  }

  /** As `read`, and for a value that may have another shape. */
  assign(variable: VariableValue, value: TensorValue): void {
    const { shape, dtype } = variable.constant;
    if (value.shape?.join() !== shape.join() || value.dtype !== dtype) {
      throw unimplemented(`it assigns a value of another or unknown shape to the variable "${variable.node}"`);
    }
    this.#access(variable, true).value = value;
    this.#assignments++;
  }

  #access(variable: VariableValue, changes: boolean): UsedVariable {
    const used = this.#variables.get(variable.node) ?? this.#use(variable);
    this.#variables.set(variable.node, used);
    const access = { calls: [...this.#calls], changes };
    const rival = used.accesses.find(
      (earlier) => (earlier.changes || changes) && !isOrdered(earlier, access, variable.isReference),
    );
    if (rival !== undefined) {
      const other = rival.calls.at(-1)?.node;
      throw unimplemented(
        `nothing orders it and "${other?.name}" (${other?.op}), which uses the variable "${variable.node}", too`,
      );
    }
    used.accesses.push(access);
    return used;
  }

  #use({ node, constant }: VariableValue): UsedVariable {
    const place = { kind: 'slot', stage: 0, slot: this.#program.takeSlot(node) } as const;
    const before: TensorValue = { kind: 'tensor', dtype: constant.dtype, shape: constant.shape, place };
    return { constant, before, value: before, accesses: [] };
  }
}

/**
 * Whether `later` must run after `earlier` is done. What a run has read of a reference variable it may still see
 * change, so there nothing may be changed after it was read.
 */
function isOrdered(earlier: Access, later: Access, isReference: boolean): boolean {
  const depth = earlier.calls.findIndex(({ nodes, node }, level) => {
    const other = later.calls[level];
    return other?.nodes !== nodes || other.node !== node;
  });
  const [first, second] = [earlier.calls[depth], later.calls[depth]];
  if (first === undefined) {
    return true; // one node that reads and changes a variable
  }
  if (first.nodes !== second?.nodes || (isReference && later.changes && !earlier.changes)) {
    return false;
  }
  return dependsOn(first.nodes, second.node, first.node);
}
