import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Code } from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeGraphDef } from '../../../../gpu-backend/src/engine/savedmodel/decode-graph-def.ts';
import { wireFromText } from '../../../../gpu-backend/src/engine/savedmodel/proto/text-format.ts';
import { readSavedModel, selectMetaGraph } from '../../../../gpu-backend/src/engine/savedmodel/read-saved-model.ts';
import type { SignatureDef, TensorInfo } from '../../../../gpu-backend/src/engine/savedmodel/saved-model.ts';
import { thrownBy } from '../../../layers/codecs/thrown-by.ts';
import { EXPECTED, modelDirectory } from './golden-models.ts';
import { graphText, tensorText } from './graph-text.ts';
import { type TemporaryDirectory, temporaryDirectory } from './temporary-directory.ts';

function infosOf(infos: ReadonlyMap<string, TensorInfo>): unknown {
  return Object.fromEntries(
    Array.from(infos, ([name, { tensor, type, shape }]) => [
      name,
      [tensor, type, shape === null ? null : shape.map((one) => one ?? -1)],
    ]),
  );
}

function signatureOf(signature: SignatureDef): unknown {
  return {
    method: signature.methodName,
    inputs: infosOf(signature.inputs),
    outputs: infosOf(signature.outputs),
    defaults: Object.fromEntries(Array.from(signature.defaults, ([name, load]) => [name, tensorText(load())])),
  };
}

describe.each(Object.entries(EXPECTED))('readSavedModel of %s', (name, expected) => {
  const model = readSavedModel(modelDirectory(name));

  it('finds the meta graphs with their tags and versions', () => {
    expect(model.metaGraphs.map(({ tags, tensorflowVersion }) => [tags, tensorflowVersion])).toEqual(
      expected.meta_graphs.map(({ tags, version }) => [tags, version]),
    );
  });

  it('has the signatures that TensorFlow reads', () => {
    expect(
      model.metaGraphs.map(({ signatures }) =>
        Object.fromEntries(Array.from(signatures, ([key, signature]) => [key, signatureOf(signature)])),
      ),
    ).toEqual(expected.meta_graphs.map(({ signatures }) => signatures));
  });

  it('has the nodes, functions and attributes that TensorFlow reads', () => {
    const digests = model.metaGraphs.map(({ graph }) => createHash('sha256').update(graphText(graph)).digest('hex'));

    expect(digests).toEqual(expected.meta_graphs.map(({ sha256 }) => sha256));
  });

  it('has assets, saver and op definitions', () => {
    expect(
      model.metaGraphs.map(({ assets, saver, opDefs }) => ({
        assets: assets.map(({ tensor, fileName }) => [tensor, fileName]),
        saver: saver === undefined ? ['', ''] : [saver.restoreOp, saver.filenameTensor],
        ops: Object.fromEntries(Array.from(opDefs, ([op, { outputs }]) => [op, outputs.map((one) => one.name)])),
      })),
    ).toEqual(expected.meta_graphs.map(({ assets, saver, ops }) => ({ assets, saver, ops })));
  });
});

describe('readSavedModel', () => {
  let copy: TemporaryDirectory;
  beforeEach(() => {
    copy = temporaryDirectory();
  });
  afterEach(() => copy[Symbol.dispose]());

  function copyOf(name: string): string {
    cpSync(modelDirectory(name), copy.path, { recursive: true });
    return copy.path;
  }

  it.each([
    ['dtypes', 'NoOp'],
    ['v1', 'init_all_tables'],
  ])('finds the init op of %s', (name, initOp) => {
    const [graph] = readSavedModel(modelDirectory(name)).metaGraphs;

    expect(graph?.initOp).toBe(initOp);
    expect(graph?.graph.nodes.map((node) => node.name)).toContain(initOp);
  });

  it('decodes constants of half and bfloat16 from their bits', () => {
    const [graph] = readSavedModel(modelDirectory('text')).metaGraphs;
    const nodes = [...(graph?.graph.functions.values() ?? [])].flatMap((one) => one.nodes);
    const tensors = nodes.flatMap(({ attributes }) => {
      const value = attributes.get('value');
      return value?.kind === 'tensor' ? [value.load()] : [];
    });

    expect(tensors.filter(({ dtype }) => dtype === 'FP16')).toEqual([
      { dtype: 'FP16', shape: [3], data: Float16Array.of(1.5, -2.25, 65504) },
    ]);
    expect(tensors.filter(({ dtype }) => dtype === 'BF16')).toEqual([
      { dtype: 'BF16', shape: [], data: Uint16Array.of(0xc010) },
    ]);
  });

  it('prefers the binary file', () => {
    const directory = copyOf('constant');
    writeFileSync(join(directory, 'saved_model.pbtxt'), 'nothing of the kind');

    expect(readSavedModel(directory).metaGraphs).toHaveLength(1);
  });

  it('says NOT_FOUND where there is no model', () => {
    const error = thrownBy(() => readSavedModel(copy.path));

    expect(error.code).toBe(Code.NotFound);
    expect(error.message).toBe(`"${copy.path}" has neither saved_model.pb nor saved_model.pbtxt`);
  });

  it('says UNIMPLEMENTED for a model in parts', () => {
    writeFileSync(join(copy.path, 'saved_model.cpb'), '');

    expect(thrownBy(() => readSavedModel(copy.path)).code).toBe(Code.Unimplemented);
  });

  it('says DATA_LOSS with file and place for a file that is cut off', () => {
    const file = join(copyOf('constant'), 'saved_model.pb');
    writeFileSync(file, readFileSync(file).subarray(0, 1000));
    const error = thrownBy(() => readSavedModel(copy.path));

    expect(error.code).toBe(Code.DataLoss);
    expect(error.message).toMatch(/saved_model.pb": SavedModel field 2 at byte 5: \d+ bytes are wanted, 995 are left/);
  });

  it('says DATA_LOSS with the line for a text that is no model', () => {
    writeFileSync(join(copy.path, 'saved_model.pbtxt'), 'meta_graphs {\n  meta_info_def { tags: 1 }\n}');

    expect(thrownBy(() => readSavedModel(copy.path)).message).toMatch(/saved_model.pbtxt": line 2: a string is wanted/);
  });

  it('refuses a directory in the place of the file', () => {
    mkdirSync(join(copy.path, 'saved_model.pb'));

    expect(thrownBy(() => readSavedModel(copy.path)).code).toBe(Code.FailedPrecondition);
  });

  it.each(['../secret', '/etc/passwd', 'a/../../b', '', 'a\\\\b', 'a//b', 'a\\000'])(
    'refuses the asset file %j',
    (name) => {
      writeFileSync(join(copy.path, 'saved_model.pbtxt'), `meta_graphs { asset_file_def { filename: "${name}" } }`);

      expect(thrownBy(() => readSavedModel(copy.path)).message).toMatch(/is not a path inside assets/);
    },
  );

  it('refuses an attribute with two values, naming the node', () => {
    const attribute = 'attr { key: "a" value { i: 1 b: true } }';
    writeFileSync(
      join(copy.path, 'saved_model.pbtxt'),
      `meta_graphs { graph_def { node { name: "n" ${attribute} } } }`,
    );

    expect(thrownBy(() => readSavedModel(copy.path)).message).toMatch(/node "n" attribute "a" has 2 values/);
  });

  it.each([
    ['DATA_LOSS for a broken constant', 'dtype: DT_FLOAT tensor_content: "abc"', Code.DataLoss],
    [
      'DATA_LOSS for a constant that claims too much',
      'dtype: DT_FLOAT tensor_shape { dim { size: 1000000000 } } float_val: 1',
      Code.DataLoss,
    ],
    ['UNIMPLEMENTED for another dtype', 'dtype: DT_COMPLEX64', Code.Unimplemented],
  ])('leaves %s to whoever asks for it', (_, tensor, code) => {
    const node = `node { name: "n" attr { key: "value" value { tensor { ${tensor} } } } }`;
    writeFileSync(join(copy.path, 'saved_model.pbtxt'), `meta_graphs { graph_def { ${node} } }`);
    const value = readSavedModel(copy.path).metaGraphs[0]?.graph.nodes[0]?.attributes.get('value');
    const error = thrownBy(() => value?.kind === 'tensor' && value.load());

    expect(error.code).toBe(code);
    expect(error.message).toMatch(/saved_model.pbtxt": node "n" attribute "value": /);
  });

  it.each(['saved_model.pb', 'fingerprint.pb', 'variables/variables.index', 'assets/vocabulary.txt'])(
    'has another fingerprint when %s changes',
    (path) => {
      const directory = copyOf('dtypes');
      const { fingerprint } = readSavedModel(directory);
      expect(readSavedModel(modelDirectory('dtypes')).fingerprint).toBe(fingerprint);
      appendFileSync(join(directory, path), Uint8Array.of(0x78, 0x01)); // field 15 with the value 1, for those that are messages

      expect(readSavedModel(directory).fingerprint).not.toBe(fingerprint);
      expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    },
  );
});

describe('selectMetaGraph', () => {
  const model = readSavedModel(modelDirectory('v1'));

  it.each([
    [undefined, 0],
    [['serve'], 0],
    [['gpu', 'serve'], 1],
    [['serve', 'gpu', 'serve'], 1],
  ])('with the tags %j takes graph %i', (tags, index) => {
    expect(selectMetaGraph(model, tags)).toBe(model.metaGraphs[index]);
  });

  it.each([[['gpu']], [[]], [['serve', 'tpu']], [['serve,gpu']]])(
    'refuses the tags %j and lists what there is',
    (tags) => {
      const error = thrownBy(() => selectMetaGraph(model, tags));

      expect(error.code).toBe(Code.NotFound);
      expect(error.message).toMatch(/it has: {serve}, {serve, gpu}$/);
    },
  );
});

describe('decodeGraphDef', () => {
  it('reads the bytes of a graph alone', () => {
    const bytes = wireFromText(Buffer.from('node { name: "n" op: "Const" } versions { producer: 7 }'), 'GraphDef');
    const graph = decodeGraphDef(bytes);

    expect(graph.nodes.map(({ name, op }) => [name, op])).toEqual([['n', 'Const']]);
    expect(graph.producer).toBe(7);
  });

  it('names its source in errors', () => {
    const error = thrownBy(() => decodeGraphDef(Uint8Array.of(0x0a, 0x05), 'frozen.pb'));

    expect(error.code).toBe(Code.DataLoss);
    expect(error.message).toBe('frozen.pb: GraphDef field 1 at byte 2: 5 bytes are wanted, 0 are left');
  });
});
