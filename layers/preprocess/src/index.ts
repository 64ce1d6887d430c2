export { type ColorMode, toColorMode, toGray, toRgb } from './convert.ts';
export { type DecodeLimits, decodeImage } from './decode.ts';
export type { Channels, Image, OpaqueImage } from './image.ts';
export type { ImageFormat, ImageHeader } from './image-header.ts';
export { type Layout, type Normalisation, normalise } from './normalise.ts';
export { type ImagePipeline, imageToTensor, type Preprocess, parsePreprocess } from './pipeline.ts';
export {
  type Classification,
  classify,
  type Postprocess,
  type Prediction,
  parsePostprocess,
  type Score,
} from './postprocess.ts';
export { type ResizeFilter, resizeImage } from './resize.ts';
export { sniffImage } from './sniff.ts';
export { topK } from './top-k.ts';
export { setWasmLocation, WASM_FILES } from './wasm-files.ts';
