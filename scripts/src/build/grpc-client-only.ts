import { basename } from 'node:path';
import type { OnLoadResult, OnResolveArgs, Plugin } from 'esbuild';

/**
 * What of @grpc/grpc-js (and of what it loads) a client with round robin never runs: a quarter of a megabyte, half of
 * it protobufjs. `setup`: the package's index calls the module's `setup()` while it loads.
 */
const NOT_FOR_CLIENTS: Readonly<Record<string, { readonly setup: boolean }>> = {
  'certificate-provider': { setup: false },
  experimental: { setup: false },
  'load-balancer-outlier-detection': { setup: true },
  'load-balancer-weighted-round-robin': { setup: true },
  orca: { setup: false },
  'proto-loader': { setup: false },
  server: { setup: false },
  'server-credentials': { setup: false },
  'server-interceptors': { setup: false },
};

const NAMESPACE = 'grpc-client-only';
/** The package's folder, where it has one of its own, and its files elsewhere. */
const INSIDE_GRPC_JS = /[\\/]@grpc[\\/]grpc-js[\\/]build[\\/]src$/;

/**
 * Leaves out of a bundle what a gRPC client does not need. Each of these modules becomes a stub: whoever uses one of its
 * exports is told by name which part is missing, instead of calling `undefined`.
 */
export const grpcClientOnly: Plugin = {
  name: NAMESPACE,
  setup(build) {
    build.onResolve({ filter: /^(\.\/[a-z-]+|@grpc\/proto-loader)$/ }, resolveStub);
    build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => loadStub(path));
  },
};

function resolveStub({ path, resolveDir }: OnResolveArgs): { path: string; namespace: string } | undefined {
  const name = basename(path);
  const isStubbed = INSIDE_GRPC_JS.test(resolveDir) && Object.hasOwn(NOT_FOR_CLIENTS, name);
  return isStubbed ? { path: name, namespace: NAMESPACE } : undefined;
}

function loadStub(name: string): OnLoadResult {
  const target = NOT_FOR_CLIENTS[name]?.setup === true ? '{ setup() {} }' : '{}';
  const sentence = `The part ${name} of @grpc/grpc-js is not in this bundle: scripts/src/build/grpc-client-only.ts leaves it out`;
  const contents = `module.exports = new Proxy(${target}, {
    get(target, key) {
      if (key in target) return target[key];
      throw new Error(${JSON.stringify(sentence)} + ' (asked for ' + String(key) + ')');
    },
  });`;
  return { contents, loader: 'js' };
}
