import { globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type Completeness,
  modelCompleteness,
} from '../../../../../layers/repository/src/publish/completeness/model-completeness.ts';
import { bundleIndexBytes, field, onnxBytes, savedModelBytes } from '../protobuf-bytes.ts';

type Files = Readonly<Record<string, string | Uint8Array>>;

/** What is said when everything that is asked for is read. */
function judge(files: Files): Completeness {
  const data = new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)] as const));
  const sizes = new Map([...data].map(([path, { length }]) => [path, length] as const));
  const contents = new Map<string, Uint8Array>();
  for (;;) {
    const found = modelCompleteness({ files: sizes, contents });
    if (found.kind !== 'need') {
      return found;
    }
    for (const { path, bytes } of found.contents) {
      contents.set(path, data.get(path)?.subarray(0, bytes) ?? Buffer.alloc(0));
    }
  }
}

const SHARD_1 = 'variables/variables.data-00000-of-00002';
const SHARD_2 = 'variables/variables.data-00001-of-00002';
const SAVED_MODEL = {
  'saved_model.pb': savedModelBytes('vocabulary.txt'),
  'assets/vocabulary.txt': '',
  'variables/variables.index': bundleIndexBytes(2),
  [SHARD_1]: 'x',
  [SHARD_2]: 'x',
};
const TFJS = {
  'model.json': JSON.stringify({ modelTopology: {}, weightsManifest: [{ paths: ['a.bin', 'b.bin'], weights: [] }] }),
  'a.bin': 'x',
  'b.bin': 'x',
};
const ONNX = {
  'model.onnx': onnxBytes('weights.bin', 'more/weights.bin'),
  'weights.bin': 'x',
  'more/weights.bin': 'x',
};
const PBTXT = { 'saved_model.pbtxt': 'meta_graphs {}', 'variables/variables.index': bundleIndexBytes(1) };

function without(files: Files, ...paths: readonly string[]): Files {
  return Object.fromEntries(Object.entries(files).filter(([path]) => !paths.includes(path)));
}

describe('modelCompleteness', () => {
  it.each<[string, Files]>([
    ['a SavedModel with assets and two data files', SAVED_MODEL],
    ['a SavedModel as text', { ...PBTXT, 'variables/variables.data-00000-of-00001': 'x' }],
    ['a SavedModel without variables', { 'saved_model.pb': field(2) }],
    ['an ONNX model with its weights inside', { 'model.onnx': onnxBytes() }],
    ['an ONNX model with its weights beside it', ONNX],
    ['a TensorFlow.js model', TFJS],
    ['a TFLite model', { 'model.tflite': 'x' }],
    ['a model in two forms to choose from', { ...SAVED_MODEL, 'model.tflite': 'x' }],
  ])('takes %s', (_, files) => {
    expect(judge(files)).toEqual({ kind: 'complete' });
  });

  it.each<[string, Files, string]>([
    ['nothing', {}, 'it holds no model yet (model.onnx, saved_model.pb'],
    ['files without a model', { 'notes.txt': 'x' }, 'it holds no model yet'],
    ['an empty SavedModel', { 'saved_model.pb': '' }, 'saved_model.pb is empty'],
    ['an empty TFLite model', { 'model.tflite': '' }, 'model.tflite is empty'],
    [
      'a SavedModel of whose variables nothing is there',
      { 'saved_model.pb': savedModelBytes() },
      'variables/variables.index, which saved_model.pb names, is missing',
    ],
    [
      'a missing asset',
      without(SAVED_MODEL, 'assets/vocabulary.txt'),
      'assets/vocabulary.txt, which saved_model.pb names, is missing',
    ],
    ['a missing index', without(SAVED_MODEL, 'variables/variables.index'), 'variables/variables.index is missing'],
    ['an empty index', { ...SAVED_MODEL, 'variables/variables.index': '' }, 'variables/variables.index is missing'],
    ['a missing first data file', without(SAVED_MODEL, SHARD_1), `${SHARD_1} is missing`],
    ['a missing last data file', without(SAVED_MODEL, SHARD_2), `${SHARD_2} is missing`],
    [
      'no data file at all',
      without(SAVED_MODEL, SHARD_1, SHARD_2),
      'variables/variables.data-00000-of-00001 is missing',
    ],
    [
      'data files of another checkpoint',
      { ...without(SAVED_MODEL, SHARD_1, SHARD_2), 'variables/variables.data-00000-of-00001': 'x' },
      `${SHARD_1} is missing`,
    ],
    ['a SavedModel as text without data', PBTXT, 'variables/variables.data-00000-of-00001 is missing'],
    [
      'a data file that claims many others',
      { ...PBTXT, 'variables/variables.data-00000-of-99999': 'x' },
      'variables/variables.data-00001-of-99999 is missing',
    ],
    ['a missing TensorFlow.js weights file', without(TFJS, 'b.bin'), 'b.bin, which model.json names, is missing'],
    ['a missing ONNX weights file', without(ONNX, 'weights.bin'), 'weights.bin, which model.onnx names, is missing'],
    [
      'a missing ONNX weights file of an inner graph',
      without(ONNX, 'more/weights.bin'),
      'more/weights.bin, which model.onnx names, is missing',
    ],
  ])('waits with %s', (_, files, reason) => {
    expect(judge(files)).toEqual({ kind: 'incomplete', reason: expect.stringContaining(reason) });
  });

  it.each<[string, Files, string]>([
    ['two models', { 'model.onnx': 'x', 'model.tflite': 'x' }, 'it holds several models, model.onnx and model.tflite'],
    [
      'a cut SavedModel',
      { 'saved_model.pb': savedModelBytes().subarray(0, 9) },
      'saved_model.pb cannot be read: a field of',
    ],
    [
      'an ONNX model of other bytes',
      { 'model.onnx': '\u000f' },
      'model.onnx cannot be read: field 1 is of an unknown kind',
    ],
    ['a model.json that is cut', { 'model.json': '{"weightsManifest":[' }, 'model.json cannot be read: it is not JSON'],
    [
      'a model.json of another kind',
      { 'model.json': '{"weightsManifest":3}' },
      'it has no weightsManifest that lists paths',
    ],
    [
      'weights above the version',
      { 'model.json': '{"weightsManifest":[{"paths":["../2/a.bin"]}]}' },
      'model.json names "../2/a.bin", which is no file of its version',
    ],
    ['weights at an absolute path', { 'model.onnx': onnxBytes('/etc/passwd') }, 'model.onnx names "/etc/passwd"'],
    [
      'an asset above the version',
      { ...SAVED_MODEL, 'saved_model.pb': savedModelBytes('../../a') },
      'saved_model.pb names "assets/../../a"',
    ],
  ])('refuses %s', (_, files, reason) => {
    expect(judge(files)).toEqual({ kind: 'wrong', reason: expect.stringContaining(reason) });
  });

  it('does not read a model file that is larger than memory bears', () => {
    expect(modelCompleteness({ files: new Map([['model.onnx', 2 ** 31]]), contents: new Map() })).toEqual({
      kind: 'complete',
    });
  });
});

const ROOT = resolve(import.meta.dirname, '../../../../..');
const MODELS = globSync('{test/golden,test/fixtures,examples}/**/{saved_model.pb,model.json}', { cwd: ROOT }).map(
  dirname,
);

function filesOf(model: string): Files {
  const root = join(ROOT, model);
  const paths = globSync('**/*', { cwd: root }).filter((path) => statSync(join(root, path)).isFile());
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(root, path))]));
}

describe('modelCompleteness of models that others have written', () => {
  it.each(MODELS)('takes %s as it is', (model) => {
    expect(judge(filesOf(model))).toEqual({ kind: 'complete' });
  });

  it.each(MODELS)('waits for each file that %s needs', (model) => {
    const files = filesOf(model);
    for (const path of Object.keys(files).filter((each) => /^(assets|variables)\/|\.bin$/.test(each))) {
      expect([path, judge(without(files, path)).kind]).toEqual([path, 'incomplete']);
    }
  });

  it.each(MODELS)('waits for the variables of %s if it has some', (model) => {
    const files = filesOf(model);
    const variables = Object.keys(files).filter((path) => path.startsWith('variables/'));
    const hasVariables = /VarHandleOp|VariableV2/.test(Buffer.from(files['saved_model.pb'] ?? '').toString('latin1'));
    expect(judge(without(files, ...variables)).kind).toBe(hasVariables ? 'incomplete' : 'complete');
  });
});
