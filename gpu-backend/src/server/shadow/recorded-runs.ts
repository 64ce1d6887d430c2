import type { NamedTensors, Signature } from '@tensorfleet/core';
import type { ServableHandle } from '../../lifecycle/servable.ts';
import type { ModelServable } from '../../model/model-servable.ts';
import { type ClassOutput, classOutputOf } from './class-output.ts';

/** One run of a signature that was answered: what went in, and what came out. */
export interface RecordedRun {
  readonly signature: Signature;
  /** Without the signature's defaults, which are the version's own. */
  readonly inputs: NamedTensors;
  readonly outputs: NamedTensors;
  /** How they say which class something is, if they do. */
  readonly classOutput: ClassOutput | undefined;
}

/** A handle whose runs are recorded. */
export interface Recording {
  /** Disposing it disposes the one that it records. */
  readonly handle: ServableHandle<ModelServable>;
  /** In the order in which they ended. */
  readonly runs: readonly RecordedRun[];
}

/**
 * Tensors are kept as they are, often views of what was received: nobody writes to them, and executors copy what they
 * send to another thread.
 */
export function recordRuns(handle: ServableHandle<ModelServable>): Recording {
  const { id, servable } = handle;
  const runs: RecordedRun[] = [];
  const predict: ModelServable['predict'] = async (signature, inputs, context) => {
    const outputs = await servable.predict(signature, inputs, context);
    const classOutput = classOutputOf(signature, servable.pipeline);
    runs.push({ signature, inputs: withoutDefaults(signature, inputs), outputs, classOutput });
    return outputs;
  };
  const recorded: ModelServable = Object.create(servable, { predict: { value: predict } });
  return {
    handle: { id, servable: recorded, [Symbol.dispose]: () => handle[Symbol.dispose]() },
    runs,
  };
}

function withoutDefaults({ defaults }: Signature, inputs: NamedTensors): NamedTensors {
  return defaults === undefined ? inputs : new Map([...inputs].filter(([name, given]) => defaults.get(name) !== given));
}
