import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createFleetClient, type FleetClient } from '@tensorfleet/client';
import { type AnyTensor, ARRAY_OF, type DType, type NamedTensors, tensor, version } from '@tensorfleet/core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { expectTensorsClose } from '../support/compare-tensors.ts';
import { TemporaryRepository } from '../support/model-repository.ts';
import { type RunningServer, useServer } from '../support/use-server.ts';

/** Models with outputs computed by TensorFlow and ONNX Runtime themselves, kept beside the checkout. */
const KIT = resolve(import.meta.dirname, '../../../shared/conformance/models');
const REASON = existsSync(KIT) ? '' : ' (skipped: the conformance models are not beside this checkout)';

/** What ONNX Runtime's Node binding cannot carry: bfloat16, and strings that are not UTF-8. */
const NOT_CARRIED = new Set(['identity_bf16']);

interface GoldenTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data?: readonly unknown[];
}

interface GoldenCase {
  readonly signature: string;
  readonly rtol: number;
  readonly atol: number;
  readonly inputs: Readonly<Record<string, GoldenTensor>>;
  readonly outputs: Readonly<Record<string, GoldenTensor>>;
}

interface Golden {
  readonly model: string;
  readonly version: number;
  readonly cases: readonly GoldenCase[];
}

const DTYPE: Readonly<Record<string, DType>> = {
  DT_BOOL: 'BOOL',
  DT_UINT8: 'UINT8',
  DT_UINT16: 'UINT16',
  DT_UINT32: 'UINT32',
  DT_UINT64: 'UINT64',
  DT_INT8: 'INT8',
  DT_INT16: 'INT16',
  DT_INT32: 'INT32',
  DT_INT64: 'INT64',
  DT_HALF: 'FP16',
  DT_FLOAT: 'FP32',
  DT_DOUBLE: 'FP64',
  DT_STRING: 'STRING',
};

function goldens(): readonly Golden[] {
  if (!existsSync(KIT)) {
    return [];
  }
  const index = JSON.parse(readFileSync(join(KIT, 'index.json'), 'utf8'));
  return readdirSync(join(KIT, 'golden'))
    .filter((name) => name.endsWith('.json'))
    .map((name): Golden => JSON.parse(readFileSync(join(KIT, 'golden', name), 'utf8')))
    .filter(({ model }) => index.models[model]?.kind === 'onnx' && !NOT_CARRIED.has(model));
}

function tensorOf({ dtype, shape, data = [] }: GoldenTensor): AnyTensor {
  const name = DTYPE[dtype];
  if (name === undefined) {
    throw new Error(`no dtype for ${dtype}`);
  }
  if (name === 'STRING') {
    return tensor('STRING', shape, data.map(bytesOf));
  }
  const values = new ARRAY_OF[name](data.length);
  data.forEach((value, position) => {
    values[position] =
      values instanceof BigInt64Array || values instanceof BigUint64Array ? BigInt(String(value)) : Number(value);
  });
  return { dtype: name, shape, data: values } as AnyTensor;
}

function bytesOf(value: unknown): Uint8Array {
  const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.from((value as { b64: string }).b64, 'base64');
  return new Uint8Array(bytes);
}

function tensorsOf(record: Readonly<Record<string, GoldenTensor>>): NamedTensors {
  return new Map(Object.entries(record).map(([name, golden]) => [name, tensorOf(golden)]));
}

function isUtf8(inputs: NamedTensors): boolean {
  const decoder = new TextDecoder('utf-8');
  const isText = (bytes: Uint8Array) => !decoder.decode(bytes).includes('\ufffd');
  return [...inputs.values()].every((input) => input.dtype !== 'STRING' || input.data.every(isText));
}

describe.skipIf(!existsSync(KIT))(`conformance models${REASON}`, () => {
  let repository: TemporaryRepository;
  let running: RunningServer;
  let fleet: FleetClient;

  beforeAll(async () => {
    repository = await TemporaryRepository.create();
    for (const { model, version: number } of goldens()) {
      const target = join(repository.root, `${model}-${number}`, String(number));
      await mkdir(target, { recursive: true });
      await cp(join(KIT, 'repository', model, String(number)), target, { recursive: true });
    }
    running = await useServer(repository.root);
    fleet = createFleetClient({ target: running.grpc });
  });

  afterAll(async () => {
    await fleet.close();
    await running[Symbol.asyncDispose]();
    await repository[Symbol.asyncDispose]();
  });

  it.each(goldens().map((golden) => [`${golden.model} ${golden.version}`, golden] as const))(
    '%s',
    async (_name, golden) => {
      for (const one of golden.cases) {
        const inputs = tensorsOf(one.inputs);
        if (!isUtf8(inputs)) {
          continue;
        }
        const spec = {
          name: `${golden.model}-${golden.version}`,
          version: version(golden.version),
          signatureName: one.signature,
        };
        const { outputs } = await fleet.predict(spec, inputs);
        for (const [name, expected] of tensorsOf(one.outputs)) {
          expectTensorsClose(outputs.get(name), expected, one);
        }
      }
    },
  );
});
