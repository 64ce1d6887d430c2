import { type StatusError, unimplemented } from '@tensorfleet/core';
import type { NodeDef } from '../savedmodel/graph-def.ts';

/** A node that cannot be converted. */
export interface Refusal {
  readonly op: string;
  readonly node: string;
  readonly reason: string;
}

/** Refusals that an error names one by one; more are counted. */
const MAX_NAMED = 20;

/** Collects every node that cannot be converted, so that people learn of all at once. */
export class Refusals {
  readonly #refusals = new Map<string, Refusal>();

  get isEmpty(): boolean {
    return this.#refusals.size === 0;
  }

  get all(): readonly Refusal[] {
    return [...this.#refusals.values()];
  }

  add(node: Pick<NodeDef, 'name' | 'op'>, reason: string): void {
    this.#refusals.set(`${node.op} ${node.name} ${reason}`, { op: node.op, node: node.name, reason });
  }

  /** UNIMPLEMENTED that lists every op with its node; `details.ops` has the ops, `refusalsOf` finds them all in it. */
  toError(subject: string): StatusError {
    const { all } = this;
    const ops = [...new Set(all.map(({ op }) => op))].toSorted();
    const named = all.slice(0, MAX_NAMED).map(({ op, node, reason }) => `${op} (node "${node}"): ${reason}`);
    const more = all.length > MAX_NAMED ? [`and ${all.length - MAX_NAMED} more nodes`] : [];
    const text = `${subject} cannot be converted to ONNX: ${[...named, ...more].join('; ')}`;
    return unimplemented(text, { ops: ops.join(', ') }, this);
  }
}

/** Every refusal behind an error of the conversion, each once; none when it is another error, or came from a thread. */
export function refusalsOf(error: StatusError): readonly Refusal[] {
  const { cause } = error;
  if (cause instanceof Refusals) {
    return cause.all;
  }
  const all = cause instanceof AggregateError ? (cause.errors as StatusError[]).flatMap(refusalsOf) : []; // `joined`'s
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
}
