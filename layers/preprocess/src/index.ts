export {
  type Classification,
  classify,
  type Postprocess,
  type Prediction,
  parsePostprocess,
  type Score,
} from './classification/postprocess.ts';
export { topK } from './classification/top-k.ts';
export { type DecodeLimits, type DecodeOptions, decodeImage } from './decode/decode.ts';
export { IMAGE_FORMATS, type ImageFormat, type ImageHeader } from './decode/image-header.ts';
export { sniffImage } from './decode/sniff.ts';
export { setWasmLocation, WASM_FILES } from './decode/wasm-files.ts';
export {
  type Feature,
  type FeatureEntity,
  type FeatureInput,
  type FeatureMapping,
  parseFeatures,
} from './features/feature-mapping.ts';
export { type FeatureValue, writeFeature } from './features/feature-value.ts';
export { type EntityRow, type KeyTemplate, parseKeyTemplate } from './features/key-template.ts';
export type { Channels, Image, OpaqueImage } from './image.ts';
export { type ImagePipeline, imageToTensor, type Preprocess, parsePreprocess } from './pipeline.ts';
export { type ColorMode, toColorMode, toGray, toRgb } from './transform/convert.ts';
export { type Layout, type Normalisation, normalise } from './transform/normalise.ts';
export { type ResizeFilter, resizeImage } from './transform/resize.ts';
