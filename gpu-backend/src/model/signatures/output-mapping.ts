import {
  type AnyTensor,
  formatShape,
  type NamedTensors,
  type Signature,
  type StatusError,
  type TensorSpec,
} from '@tensorfleet/core';
import type { ManifestSignature } from '@tensorfleet/repository';
import { bytesOfText } from '../../engine/host/strings.ts';

export interface OutputMapping {
  readonly specs: ReadonlyMap<string, TensorSpec>;
  /** The outputs under their new names. */
  readonly answer: (outputs: NamedTensors) => NamedTensors;
}

/** An error about a key of the manifest, below the signature. */
type Fault = (key: string, problem: string) => StatusError;

const CLASSES = 'classes';
const SCORES = 'scores';
const OUTPUTS = 'outputs';

/** Throws `fault` unless the outputs of `runs` are what the method answers with. */
export function mapOutputs(entry: ManifestSignature, runs: Signature, fault: Fault): OutputMapping {
  const names = entry.outputs ?? usualOutputs(entry, runs, fault);
  const specs = new Map<string, TensorSpec>();
  for (const [name, output] of Object.entries(names)) {
    const spec = runs.outputs.get(output);
    if (spec === undefined) {
      throw fault(
        `outputs.${name}`,
        `is "${output}", "${runs.name}" has the outputs ${[...runs.outputs.keys()].join(', ')}`,
      );
    }
    if (entry.method !== 'predict') {
      checkOutput(name, spec, (problem) => fault(`outputs.${name}`, `is "${output}", ${problem}`));
    }
    specs.set(name, spec);
  }
  const { labels } = entry;
  if (labels !== undefined) {
    checkLabels(labels, specs.get(SCORES), fault);
    specs.set(CLASSES, { name: CLASSES, dtype: 'STRING', shape: [null, labels.length] });
  }
  const label = labels === undefined ? undefined : labeller(labels);
  return {
    specs,
    answer(outputs) {
      const named = new Map<string, AnyTensor>();
      for (const [name, output] of Object.entries(names)) {
        const tensor = outputs.get(output);
        if (tensor !== undefined) {
          named.set(name, tensor);
        }
      }
      return label === undefined ? named : label(named);
    },
  };
}

/** The outputs that have the method's names, or the only one there is; all of them for predict. */
function usualOutputs(
  { method }: ManifestSignature,
  { name, outputs }: Signature,
  fault: Fault,
): Readonly<Record<string, string>> {
  const all = [...outputs.keys()];
  const wanted = method === 'classify' ? [CLASSES, SCORES] : [OUTPUTS];
  const found = method === 'predict' ? all : all.filter((output) => wanted.includes(output));
  const [only] = all;
  if (found.length === 0 && all.length === 1 && only !== undefined) {
    return { [method === 'classify' ? SCORES : OUTPUTS]: only };
  }
  if (found.length === 0) {
    throw fault(
      'outputs',
      `is missing: "${name}" has the outputs ${all.join(', ')}, none of them named ${wanted.join(' or ')}`,
    );
  }
  return Object.fromEntries(found.map((output) => [output, output]));
}

function checkOutput(name: string, { dtype, shape }: TensorSpec, fault: (problem: string) => StatusError): void {
  const wanted = name === CLASSES ? 'STRING' : 'FP32';
  if (dtype !== wanted) {
    throw fault(`which holds ${dtype}, not ${wanted}`);
  }
  const rank = shape?.length;
  const isColumn = rank === 1 || (rank === 2 && (shape?.[1] === null || shape?.[1] === 1));
  if (shape !== null && !(name === OUTPUTS ? isColumn : rank === 2)) {
    const has = name === OUTPUTS ? 'one value' : 'one row of values';
    throw fault(`whose shape ${formatShape(shape)} does not have ${has} per example`);
  }
}

function checkLabels(labels: readonly string[], scores: TensorSpec | undefined, fault: Fault): void {
  const width = scores?.shape?.[1];
  if (scores === undefined) {
    throw fault('labels', 'are names for scores, but none of the outputs is that');
  }
  if (typeof width === 'number' && width !== labels.length) {
    throw fault('labels', `has ${labels.length} names for ${width} scores`);
  }
}

/** Adds the labels, once per row. */
function labeller(labels: readonly string[]): (outputs: Map<string, AnyTensor>) => NamedTensors {
  const names = labels.map(bytesOfText);
  return (outputs) => {
    const rows = outputs.get(SCORES)?.shape[0] ?? 0;
    const data = Array.from({ length: rows }, () => names).flat();
    return outputs.set(CLASSES, { dtype: 'STRING', shape: [rows, names.length], data });
  };
}
