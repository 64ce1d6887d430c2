import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { notFound, unimplemented } from '@tensorfleet/core';
import { inPlace, OpenFile } from './file-access.ts';
import { metaGraphOf } from './meta-graph.ts';
import { decodeMessage } from './proto/message-decoder.ts';
import { wireFromText } from './proto/text-format.ts';
import type { MetaGraph, SavedModel } from './saved-model.ts';

/** The tags of the graph that servers use. */
export const SERVE: readonly string[] = ['serve'];

/** Protobuf's own bound of a message. */
const MAX_MODEL_BYTES = 2 ** 31 - 1;
const CHUNK_BYTES = 2 ** 20;

const BINARY = 'saved_model.pb';
const TEXT = 'saved_model.pbtxt';
/** What TensorFlow writes when the message would be over 2 GiB: a graph in several parts. */
const CHUNKED = 'saved_model.cpb';

/**
 * The SavedModel in `directory`; the binary file wins over the text file, as in TensorFlow. Blocks, about a second for
 * 60,000 nodes. Throws NOT_FOUND when there is none, DATA_LOSS that names file and place when it is broken.
 */
export function readSavedModel(directory: string): SavedModel {
  const root = resolve(directory);
  const binary = readIfThere(join(root, BINARY));
  const text = binary === undefined ? readIfThere(join(root, TEXT)) : undefined;
  const source = `"${join(root, binary === undefined ? TEXT : BINARY)}"`;
  if (binary === undefined && text === undefined) {
    throw missing(root);
  }
  const file = binary ?? text ?? new Uint8Array(0);
  const raw = inPlace(source, () =>
    decodeMessage(text === undefined ? file : wireFromText(text, 'SavedModel'), 'SavedModel'),
  );
  const metaGraphs = raw.meta_graphs.map((one) => metaGraphOf(one, source));
  return { directory: root, metaGraphs, fingerprint: fingerprintOf(root, file, metaGraphs) };
}

/**
 * The graph with exactly these tags, in any order, as TensorFlow Serving chooses (its default is `serve` alone).
 * Throws NOT_FOUND that lists the tags there are.
 */
export function selectMetaGraph(model: SavedModel, tags: readonly string[] = SERVE): MetaGraph {
  const wanted = tagSet(tags);
  const found = model.metaGraphs.find((graph) => tagSet(graph.tags) === wanted);
  if (found === undefined) {
    const others = model.metaGraphs.map((graph) => formatTags(graph.tags)).join(', ') || 'none';
    throw notFound(`"${model.directory}" has no graph with the tags ${formatTags(tags)}; it has: ${others}`);
  }
  return found;
}

function tagSet(tags: readonly string[]): string {
  return JSON.stringify([...new Set(tags)].sort());
}

function formatTags(tags: readonly string[]): string {
  return `{${tags.join(', ')}}`;
}

function readIfThere(path: string): Uint8Array | undefined {
  using file = OpenFile.openIfThere(path);
  return file?.readAll(MAX_MODEL_BYTES);
}

function missing(root: string): Error {
  using chunked = OpenFile.openIfThere(join(root, CHUNKED));
  return chunked === undefined
    ? notFound(`"${root}" has neither ${BINARY} nor ${TEXT}`)
    : unimplemented(`"${join(root, CHUNKED)}": models in parts are not supported`);
}

/**
 * The graph, the checkpoint's index, which holds a checksum of every weight, and the assets. TensorFlow's own
 * fingerprint.pb knows nothing of assets and stays as it is when someone edits the graph, so it is only one part.
 */
function fingerprintOf(root: string, model: Uint8Array, metaGraphs: readonly MetaGraph[]): string {
  const assets = metaGraphs.flatMap((graph) => graph.assets.map(({ fileName }) => join('assets', fileName)));
  const paths = ['fingerprint.pb', join('variables', 'variables.index'), ...new Set(assets.sort())];
  const hash = createHash('sha256').update(model);
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (const path of paths) {
    using file = OpenFile.openIfThere(join(root, path));
    const size = file?.size ?? 0;
    hash.update(`\n${path} ${file?.size}\n`);
    for (let position = 0; position < size; position += CHUNK_BYTES) {
      const part = chunk.subarray(0, Math.min(CHUNK_BYTES, size - position));
      file?.read(part, position);
      hash.update(part);
    }
  }
  return hash.digest('hex');
}
