import { describe, expect, it } from 'vitest';
import { isNeedless } from '../../../scripts/src/image/needless-files.ts';

const ORT = 'onnxruntime-node/bin/napi-v6';

describe('isNeedless', () => {
  it.each([
    `${ORT}/win32/x64/onnxruntime.dll`,
    `${ORT}/linux/arm64/libonnxruntime.so.1`,
    `${ORT}/darwin/arm64/libonnxruntime.dylib`,
    'zod/v4/core/api.d.cts',
    'pino/lib/proto.js.map',
    'koffi/CHANGELOG.md',
    '@litertjs/core/wasm/litert_wasm_threaded_internal.wasm',
    '@tensorflow/tfjs-core/dist/tf-core.min.js',
    '@tensorflow/tfjs-core/dist/ops/add.js',
    '@koromix/koffi-linux-x64/musl_x64/koffi.node',
  ])('takes %s out of an image for linux/x64', (path) => {
    expect(isNeedless(path, 'linux/x64')).toBe(true);
  });

  it.each([
    `${ORT}/linux/x64/libonnxruntime.so.1`,
    `${ORT}/linux/x64/onnxruntime_binding.node`,
    'onnxruntime-node/dist/index.js',
    '@litertjs/core/wasm/litert_wasm_internal.wasm',
    '@tensorflow/tfjs-core/dist/tf-core.node.js',
    '@tensorflow/tfjs-core/package.json',
    '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm',
    '@koromix/koffi-linux-x64/linux_x64/koffi.node',
    'mnemonist/map.js',
  ])('leaves %s', (path) => {
    expect(isNeedless(path, 'linux/x64')).toBe(false);
  });
});
