import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readSavedModel } from '../../../../gpu-backend/src/engine/savedmodel/read-saved-model.ts';
import type { SignatureDef, TensorInfo } from '../../../../gpu-backend/src/engine/savedmodel/saved-model.ts';
import { EXPECTED, modelDirectory } from './golden-models.ts';
import { graphText, tensorText } from './graph-text.ts';

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
