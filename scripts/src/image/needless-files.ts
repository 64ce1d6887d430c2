/** What packages bring that no image runs, and why; paths begin below node_modules. */
const NEEDLESS: readonly { readonly pattern: RegExp; readonly because: string }[] = [
  { pattern: /\.(d\.[cm]?ts|tsbuildinfo|map)$/, because: 'types and source maps are for editors' },
  { pattern: /\/(CHANGELOG|HISTORY)\.md$/i, because: 'prose' },
  {
    pattern: /^@litertjs\/core\/wasm\/litert_wasm_(compat|jspi|threaded)_/,
    because: 'the engine loads the variant without a suffix',
  },
  {
    pattern: /^@tensorflow\/tfjs-[^/]+\/(src|dist)\/(?!.*\.(node\.js|wasm)$)/,
    because: 'Node loads the one bundle that package.json names as main, and the wasm beside it',
  },
  { pattern: /\/musl_[^/]+\//, because: 'the images have glibc' },
];

/** Binaries of onnxruntime-node, which come for every platform. */
const PLATFORM_BINARY = /^onnxruntime-node\/bin\/napi-v\d+\/([^/]+)\/([^/]+)\//;

/** Whether an image for `platform` (such as `linux/x64`) runs without the file. */
export function isNeedless(path: string, platform: string): boolean {
  const [, os, cpu] = PLATFORM_BINARY.exec(path) ?? [];
  if (os !== undefined && `${os}/${cpu}` !== platform) {
    return true;
  }
  return NEEDLESS.some(({ pattern }) => pattern.test(path));
}
