import { createRequire } from 'node:module';
import { runInThisContext } from 'node:vm';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { grpcClientOnly } from '../../../scripts/src/build/grpc-client-only.ts';

type GrpcJs = Record<string, unknown> & { readonly Client: new (...args: unknown[]) => { close(): void } };

describe('grpcClientOnly', () => {
  let grpc: GrpcJs;
  let inputs: readonly string[];

  beforeAll(async () => {
    const { outputFiles, metafile } = await build({
      stdin: {
        contents: `module.exports = require('@grpc/grpc-js');`,
        resolveDir: `${import.meta.dirname}/../../../layers/client`,
      },
      bundle: true,
      platform: 'node',
      format: 'cjs',
      write: false,
      metafile: true,
      plugins: [grpcClientOnly],
    });
    inputs = Object.keys(metafile.inputs);
    const module = { exports: {} as GrpcJs }; // filled by the bundle
    const run = runInThisContext(`(function (module, exports, require) {${outputFiles[0]?.text}\n})`);
    run(module, module.exports, createRequire(import.meta.url));
    grpc = module.exports;
  });

  it('leaves protobufjs and the server out', () => {
    const forbidden = /protobufjs|proto-loader\/|grpc-js\/build\/src\/(server|orca|load-balancer-(weighted|outlier))/;
    expect(inputs.filter((path) => forbidden.test(path) && !path.startsWith('grpc-client-only:'))).toEqual([]);
  });

  it('leaves a client that opens and closes a channel', () => {
    const { createInsecure } = grpc['credentials'] as { createInsecure(): unknown }; // part of the package's API
    new grpc.Client('localhost:1', createInsecure()).close();
  });

  it.each(['Server', 'ServerCredentials', 'ServerMetricRecorder'])('says what is missing where %s is used', (name) => {
    expect(() => grpc[name]).toThrow(/The part server(-credentials)? |The part orca /);
  });
});
