import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { invalidArgument, notFound, StatusError } from '@tensorfleet/core';
import { formatProblems, STABLE } from '@tensorfleet/repository';
import { parse as parseYaml } from 'yaml';
import { refineGate } from './gate-rules.ts';
import { type GateFile, gateShape } from './gate-schema.ts';

const gateSchema = gateShape.superRefine(refineGate);

/** Unless the gate says otherwise: errors and latencies are those of the requests that were answered. */
const ALL_ANSWERED: GateFile['gating'] = { failed_requests: { max: 0 } };

/** What examples are made of. Names of arrays are those in the .npz file. */
export type GateData =
  | { readonly kind: 'pictures'; readonly file: string; readonly images: string; readonly labels: string }
  | {
      readonly kind: 'tensors';
      readonly file: string;
      /** By input of the model, and by output. */
      readonly inputs: ReadonlyMap<string, string>;
      readonly targets: ReadonlyMap<string, string>;
      /** Answers that differ by no more in any value are equal. */
      readonly equalWithin: number;
    };

/** What a candidate must be like, and how that is found out. */
export interface GateConfig extends Pick<GateFile, 'gating' | 'optimising' | 'concurrency' | 'baseline' | 'server'> {
  readonly data: GateData;
  /** Per version; undefined: one per example. */
  readonly requests: number | undefined;
  readonly timeoutMs: number;
  /** The label that a candidate gets which passes; undefined for none. */
  readonly promote: string | undefined;
}

/** Rejects with NOT_FOUND for a missing file and like `parseGate`. */
export async function readGateFile(path: string): Promise<GateConfig> {
  const place = resolve(path);
  const text = await readFile(place, 'utf8').catch((reason: unknown) => {
    throw notFound(`the gate ${place} cannot be read`, { path: place }, reason);
  });
  return parseGate(text, place);
}

/**
 * The gate in a YAML text; `place` is the path it was read from, which its data file is relative to. Throws
 * INVALID_ARGUMENT for what is no YAML, or with path, value and bound of everything that is wrong.
 */
export function parseGate(text: string, place: string): GateConfig {
  let value: unknown;
  try {
    value = parseYaml(text);
  } catch (reason) {
    const line = StatusError.from(reason).message.split('\n', 1)[0] ?? '';
    throw invalidArgument(`the gate ${place} is not YAML: ${line}`, { path: place }, reason);
  }
  const result = gateSchema.safeParse(value);
  if (!result.success) {
    throw invalidArgument(`the gate ${place} is wrong: ${formatProblems(result.error.issues, value)}`, { path: place });
  }
  const { data, gating, timeout_ms: timeoutMs, promote, requests, ...rest } = result.data;
  return {
    ...rest,
    gating: { ...ALL_ANSWERED, ...gating },
    data: dataOf(data, dirname(place)),
    requests,
    timeoutMs,
    promote: promote === true ? STABLE : promote === false ? undefined : promote,
  };
}

function dataOf(data: GateFile['data'], directory: string): GateData {
  const file = resolve(directory, data.file);
  if (data.inputs === undefined) {
    return { kind: 'pictures', file, images: data.images ?? 'images', labels: data.labels ?? 'labels' };
  }
  return {
    kind: 'tensors',
    file,
    inputs: new Map(Object.entries(data.inputs)),
    targets: new Map(Object.entries(data.targets ?? {})),
    equalWithin: data.equal_within ?? 0,
  };
}
