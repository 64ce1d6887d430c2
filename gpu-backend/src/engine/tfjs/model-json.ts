import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { dataLoss, invalidArgument, resourceExhausted, StatusError, unimplemented } from '@tensorfleet/core';
import { z } from 'zod';

/** A graph of 100,000 nodes is about this long; weights are not in it. */
const MAX_JSON_BYTES = 128 * 1024 * 1024;

/** Real topologies have about 30 levels, nested models a few more for each nesting. */
const MAX_JSON_DEPTH = 200;

const dimension = z.number().int().nonnegative();

const quantization = z.discriminatedUnion('dtype', [
  z.object({ dtype: z.literal('float16') }),
  z.object({ dtype: z.enum(['uint8', 'uint16']), min: z.number(), scale: z.number() }),
]);

const weight = z.object({
  name: z.string(),
  shape: z.array(dimension).max(32),
  dtype: z.enum(['float32', 'int32', 'bool', 'string', 'complex64']),
  quantization: quantization.exactOptional(),
  /** `optimizer` for what only training reads. */
  group: z.enum(['model', 'optimizer']).exactOptional(),
});

const weightGroup = z.object({ paths: z.array(z.string()), weights: z.array(weight) });

const size = z.union([z.number().int(), z.string().regex(/^-?\d{1,19}$/)]);

const tensorInfo = z.object({
  name: z.string().default(''),
  dtype: z.union([z.string(), z.number()]).default('DT_INVALID'),
  tensorShape: z
    .object({ dim: z.array(z.object({ size: size.default(0) })).default([]), unknownRank: z.boolean().default(false) })
    .default({ dim: [], unknownRank: true }),
  /** Set on a captured table: the model itself feeds it. */
  resourceId: z.unknown().optional(),
});

const tensorInfos = z.record(z.string(), tensorInfo).default({});
const signature = z.object({ inputs: tensorInfos, outputs: tensorInfos });

const modelSchema = z.object({
  format: z.string().exactOptional(),
  modelTopology: z.record(z.string(), z.unknown()),
  weightsManifest: z.array(weightGroup).default([]),
  signature: signature.exactOptional(),
  userDefinedMetadata: z.looseObject({ signature: signature.exactOptional() }).nullish(),
  modelInitializer: z.record(z.string(), z.unknown()).nullish(),
  initializerSignature: signature.nullish(),
});

/** One tensor of the weights: its bytes follow those of the one before, in its group. */
export type WeightSpec = z.infer<typeof weight>;

/** Weights whose bytes stand in the files `paths`, one after the other. */
export type WeightGroup = z.infer<typeof weightGroup>;

export type TfjsTensorInfo = z.infer<typeof tensorInfo>;
export type TfjsSignature = z.infer<typeof signature>;

/** A `model.json`, checked as far as its weights and signature go; the topology is as it came. */
export interface ModelJson {
  /** The name of the file, for errors. */
  readonly fileName: string;
  readonly kind: 'layers' | 'graph';
  readonly topology: Readonly<Record<string, unknown>>;
  readonly weightGroups: readonly WeightGroup[];
  /** Only graph models have one, and not those of the oldest converters. */
  readonly signature: TfjsSignature | undefined;
  /** The graph that fills tables, with its outputs, when there is one. */
  readonly initializer: { readonly topology: object; readonly signature: TfjsSignature | undefined } | undefined;
}

/** Reads a `model.json`. Throws a StatusError that names the file: DATA_LOSS unless it is the file's size or format. */
export async function readModelJson(path: string): Promise<ModelJson> {
  const fileName = basename(path);
  const value = parse(await readText(path, fileName), fileName);
  const result = modelSchema.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0];
    const place = issue === undefined || issue.path.length === 0 ? 'the whole file' : issue.path.join('.');
    throw dataLoss(`model file ${fileName} is no TensorFlow.js model: ${place}: ${issue?.message ?? 'wrong'}`, {
      path,
    });
  }
  const model = result.data;
  const initializer = model.modelInitializer;
  return {
    fileName,
    kind: kindOf(model.format, model.modelTopology, fileName),
    topology: model.modelTopology,
    weightGroups: model.weightsManifest,
    signature: model.userDefinedMetadata?.signature ?? model.signature,
    initializer: initializer?.['node']
      ? { topology: initializer, signature: model.initializerSignature ?? undefined }
      : undefined,
  };
}

/** Files of old converters do not say their format. */
function kindOf(format: string | undefined, topology: ModelJson['topology'], fileName: string): ModelJson['kind'] {
  switch (format) {
    case 'graph-model':
      return 'graph';
    case 'layers-model':
      return 'layers';
    case undefined:
      return Array.isArray(topology['node']) ? 'graph' : 'layers';
    default:
      throw unimplemented(
        `model file ${fileName} has the format "${format}", only graph-model and layers-model are known`,
      );
  }
}

async function readText(path: string, fileName: string): Promise<string> {
  try {
    await using file = await open(path);
    const stats = await file.stat();
    if (!stats.isFile()) {
      throw invalidArgument(`model file ${fileName} is not a file`);
    }
    if (stats.size > MAX_JSON_BYTES) {
      throw resourceExhausted(`model file ${fileName} has ${stats.size} bytes, at most ${MAX_JSON_BYTES} are read`);
    }
    return await file.readFile('utf8');
  } catch (error) {
    throw StatusError.is(error) ? error : invalidArgument(`model file ${fileName} cannot be read`, { path }, error);
  }
}

function parse(text: string, fileName: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw dataLoss(`model file ${fileName} is not JSON: ${error instanceof Error ? error.message : error}`, {}, error);
  }
  checkTree(value, fileName);
  return value;
}

/** What reads the value later is recursive, and copies keys into plain objects. */
function checkTree(root: unknown, fileName: string): void {
  let level = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_JSON_DEPTH) {
      throw dataLoss(`model file ${fileName} is nested deeper than ${MAX_JSON_DEPTH} levels`);
    }
    const objects = level.filter((value) => typeof value === 'object' && value !== null);
    if (objects.some((value) => Object.hasOwn(value, '__proto__'))) {
      throw dataLoss(`model file ${fileName} has the key "__proto__"`);
    }
    level = objects.flatMap((value) => Object.values(value));
  }
}
