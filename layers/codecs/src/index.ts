export type { DecodeOptions } from './decode-budget.ts';
export type { EncodeOptions } from './fields.ts';
export { encodeGrpcFrame, GrpcFrameDecoder, type GrpcFrameDecoderOptions } from './grpc-frame.ts';
export { GRPC_HEADER_BYTES, writeGrpcHeader } from './grpc-header.ts';
export {
  decodeHealthCheckRequest,
  decodeHealthCheckResponse,
  encodeHealthCheckRequest,
  encodeHealthCheckResponse,
  type HealthCheckRequest,
  type HealthCheckResponse,
  type ServingStatus,
} from './health.ts';
export { errorToJson } from './json/error-json.ts';
export { type ModelMetadata, modelMetadataToJson } from './json/metadata-json.ts';
export { type PlainJson, predictionsFromJson, predictRequestToJson } from './json/predict-client.ts';
export {
  type PredictBody,
  type PredictFormat,
  parsePredictBody,
  predictInputsFromJson,
} from './json/predict-request.ts';
export { predictOutputsToJson } from './json/predict-response.ts';
export { modelStatusToJson } from './json/status-json.ts';
export {
  decodeGetModelMetadataRequest,
  decodeGetModelMetadataResponse,
  encodeGetModelMetadataRequest,
  encodeGetModelMetadataResponse,
  type GetModelMetadataRequest,
  type GetModelMetadataResponse,
  METADATA_FIELDS,
} from './model-metadata.ts';
export {
  decodeGetModelStatusRequest,
  decodeGetModelStatusResponse,
  encodeGetModelStatusRequest,
  encodeGetModelStatusResponse,
  type GetModelStatusRequest,
  type ModelVersionState,
  type ModelVersionStatus,
} from './model-status.ts';
export {
  decodePredictRequest,
  decodePredictResponse,
  encodePredictRequest,
  encodePredictResponse,
  type PredictRequest,
  type PredictResponse,
} from './predict.ts';
export {
  decodeRepositoryIndexRequest,
  decodeRepositoryIndexResponse,
  encodeRepositoryIndexRequest,
  encodeRepositoryIndexResponse,
  type ModelIndex,
  type RepositoryIndexRequest,
} from './repository-index.ts';
export { type InferenceVerb, malformedRequest, parseRestPath, type RestTarget } from './rest-path.ts';
export { RPC_PATHS } from './rpc-paths.ts';
export { decodeTensorProto } from './tensor-proto.ts';
export { encodeTensorProto, type TensorContent, type TensorEncodeOptions } from './tensor-proto-encode.ts';
export { dtypeFromTensorFlow, dtypeToTensorFlow, tensorFlowDTypeName } from './tensorflow-dtype.ts';
