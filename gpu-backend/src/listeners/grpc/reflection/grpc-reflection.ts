import { readFileSync } from 'node:fs';
import {
  decodeFileDescriptorSet,
  decodeReflectionRequest,
  encodeReflectionResponse,
  type FileDescriptor,
  type ReflectionAnswer,
  type ReflectionQuery,
  RPC_PATHS,
} from '@tensorfleet/codecs';
import { Code } from '@tensorfleet/core';
import { bidirectional, type GrpcMethods } from '../grpc-methods.ts';

const DESCRIPTORS = new URL('./descriptors.binpb', import.meta.url);
const PATHS = [RPC_PATHS.reflection, RPC_PATHS.reflectionAlpha];
/** A caller may put megabytes into a name; it gets as much of it back. */
const MAX_SHOWN_NAME = 200;

/** The files that describe services, by their names and by what they define. */
interface DescriptorIndex {
  readonly byName: ReadonlyMap<string, FileDescriptor>;
  readonly bySymbol: ReadonlyMap<string, FileDescriptor>;
}

/** grpc.reflection, v1 and v1alpha: what the services of the methods at `paths` and of itself look like. */
export function reflectionMethods(paths: Iterable<string>): GrpcMethods {
  const services = [...new Set([...paths, ...PATHS].map(serviceOf))].toSorted();
  let index: DescriptorIndex | undefined;
  const method = bidirectional(async function* (requests) {
    for await (const request of requests) {
      const { host, query } = decodeReflectionRequest(request);
      index ??= readDescriptors();
      yield encodeReflectionResponse(request, host, answerOf(query, services, index));
    }
  });
  return new Map(PATHS.map((path) => [path, method]));
}

/** `/package.Service/Method` without its method. */
function serviceOf(path: string): string {
  return path.split('/')[1] ?? '';
}

function readDescriptors(): DescriptorIndex {
  const files = decodeFileDescriptorSet(readFileSync(DESCRIPTORS));
  return {
    byName: new Map(files.map((file) => [file.name, file])),
    bySymbol: new Map(files.flatMap((file) => file.symbols.map((symbol) => [symbol, file]))),
  };
}

function answerOf(query: ReflectionQuery, services: readonly string[], index: DescriptorIndex): ReflectionAnswer {
  switch (query.kind) {
    case 'services':
      return { kind: 'services', names: services };
    case 'file':
      return filesOf(index.byName.get(query.name), `there is no file ${shown(query.name)}`, index);
    case 'symbol':
      return filesOf(index.bySymbol.get(query.name), `no file defines ${shown(query.name)}`, index);
    case 'extensions':
      return { kind: 'error', code: Code.NotFound, message: 'no file extends a message' };
    case 'none':
      return { kind: 'error', code: Code.InvalidArgument, message: 'the request asks for nothing' };
  }
}

function shown(name: string): string {
  return JSON.stringify(name.slice(0, MAX_SHOWN_NAME));
}

/** A file with everything that it imports, so that one answer is all that a client needs. */
function filesOf(file: FileDescriptor | undefined, missing: string, index: DescriptorIndex): ReflectionAnswer {
  if (file === undefined) {
    return { kind: 'error', code: Code.NotFound, message: missing };
  }
  const files = new Set([file]);
  for (const one of files) {
    for (const name of one.imports) {
      const imported = index.byName.get(name);
      if (imported !== undefined) {
        files.add(imported);
      }
    }
  }
  return { kind: 'files', files: [...files].map(({ bytes }) => bytes) };
}
