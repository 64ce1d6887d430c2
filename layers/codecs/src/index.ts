export {
  type BatchingParameters,
  batchingParametersFromText,
  batchingParametersOf,
} from './config/batching-parameters.ts';
export { decodeConfigMessage } from './config/binary-message.ts';
export type { MessageType, ValueOf } from './config/message-type.ts';
export {
  type ConfiguredVersionPolicy,
  decodeReloadConfigRequest,
  encodeReloadConfigResponse,
  type LoggingConfig,
  type ModelConfig,
  type ModelServerConfig,
  modelServerConfigFromText,
  type ReloadConfigRequest,
  type ReloadConfigResponse,
} from './config/model-server-config.ts';
export {
  MonitoringConfigMessage,
  PlatformConfigMapMessage,
  SslConfigMessage,
} from './config/serving-messages.ts';
export { parseTextFormat } from './config/text-format.ts';
export {
  encodeGrpcFrame,
  GrpcFrameDecoder,
  type GrpcFrameDecoderOptions,
  type GrpcMessage,
} from './grpc/grpc-frame.ts';
export { GRPC_HEADER_BYTES, writeGrpcHeader } from './grpc/grpc-header.ts';
export { RPC_PATHS } from './grpc/rpc-paths.ts';
export { entityRowsFromJson } from './json/entity-rows.ts';
export { errorToJson } from './json/error-json.ts';
export { type ExamplesBody, parseExamplesBody } from './json/examples-request.ts';
export { classificationsToJson, regressionsToJson } from './json/examples-response.ts';
export type { NonFiniteNumbers } from './json/json-writer.ts';
export { type ModelMetadata, modelMetadataToJson } from './json/metadata-json.ts';
export { type PlainJson, predictionsFromJson, predictRequestToJson } from './json/predict-client.ts';
export {
  type PredictBody,
  type PredictFormat,
  parsePredictBody,
  predictInputsFromJson,
  refuseUnusualDTypes,
} from './json/predict-request.ts';
export { predictOutputsToJson } from './json/predict-response.ts';
export { modelStatusToJson } from './json/status-json.ts';
export { ByteReader } from './proto/byte-reader.ts';
export type { ByteWriter } from './proto/byte-writer.ts';
export type { DecodeOptions } from './proto/decode-budget.ts';
export { type ExampleInput, serializedExamples } from './proto/example-input-proto.ts';
export { type ExampleFeature, encodeExample } from './proto/example-proto.ts';
export { decodeExampleRequest, type ExampleRequest, encodeExampleRequest } from './proto/example-request.ts';
export {
  type ClassificationResponse,
  decodeClassificationResponse,
  decodeRegressionResponse,
  encodeClassificationResponse,
  encodeRegressionResponse,
  type RegressionResponse,
} from './proto/example-responses.ts';
export type { Classifications, Regressions, ScoredClass } from './proto/example-results-proto.ts';
export {
  bytesField,
  delimited,
  type EncodeOptions,
  encodeMessage,
  type Field,
  intField,
  messageField,
  stringElement,
  stringField,
} from './proto/fields.ts';
export { decodeFileDescriptorSet, type FileDescriptor } from './proto/file-descriptors.ts';
export {
  decodeHealthCheckRequest,
  decodeHealthCheckResponse,
  encodeHealthCheckRequest,
  encodeHealthCheckResponse,
  encodeHealthListResponse,
  type HealthCheckRequest,
  type HealthCheckResponse,
  type ServingStatus,
} from './proto/health.ts';
export { decodeModelInferRequest, type ModelInferRequest } from './proto/model-infer.ts';
export { encodeModelInferResponse, type ModelInferResponse } from './proto/model-infer-response.ts';
export {
  decodeGetModelMetadataRequest,
  decodeGetModelMetadataResponse,
  encodeGetModelMetadataRequest,
  encodeGetModelMetadataResponse,
  type GetModelMetadataRequest,
  type GetModelMetadataResponse,
  METADATA_FIELDS,
} from './proto/model-metadata.ts';
export { peekModelSpec } from './proto/model-spec-proto.ts';
export {
  decodeGetModelStatusRequest,
  decodeGetModelStatusResponse,
  encodeGetModelStatusRequest,
  encodeGetModelStatusResponse,
  type GetModelStatusRequest,
  type ModelVersionState,
  type ModelVersionStatus,
} from './proto/model-status.ts';
export {
  decodeMultiInferenceRequest,
  decodeMultiInferenceResponse,
  encodeMultiInferenceRequest,
  encodeMultiInferenceResponse,
  type InferenceResult,
  type InferenceTask,
  type MultiInferenceRequest,
} from './proto/multi-inference.ts';
export {
  decodeOipModelRequest,
  encodeOipModelMetadata,
  encodeOipTruth,
  type OipModelMetadata,
  type OipModelRequest,
} from './proto/oip-model-info.ts';
export {
  decodePredictRequest,
  decodePredictResponse,
  encodePredictRequest,
  encodePredictResponse,
  type PredictRequest,
  type PredictResponse,
} from './proto/predict.ts';
export {
  decodePredictionLog,
  encodePredictionLog,
  LOG_TYPES,
  type LogMetadata,
  type LogType,
  type PredictionLog,
} from './proto/prediction-log.ts';
export {
  decodeReflectionRequest,
  encodeReflectionResponse,
  type ReflectionAnswer,
  type ReflectionQuery,
  type ReflectionRequest,
} from './proto/reflection.ts';
export {
  decodeRepositoryIndexRequest,
  decodeRepositoryIndexResponse,
  encodeRepositoryIndexRequest,
  encodeRepositoryIndexResponse,
  type ModelIndex,
  type RepositoryIndexRequest,
} from './proto/repository-index.ts';
export { signatureToText } from './proto/signature-text.ts';
export { decodeTensorProto } from './proto/tensor-proto.ts';
export { encodeTensorProto, type TensorContent, type TensorEncodeOptions } from './proto/tensor-proto-encode.ts';
export { WireType } from './proto/wire.ts';
export {
  type InferenceVerb,
  malformedRequest,
  originForm,
  parseReadyPath,
  parseRestPath,
  type RestTarget,
} from './rest-path.ts';
export { parseRestTimeout, TIMEOUT_HEADER } from './rest-timeout.ts';
export { MODEL_VERSION_HEADER, parseRoutingKey, ROUTING_KEY_HEADER } from './routing-key.ts';
export {
  baseDTypeFromTensorFlow,
  dtypeFromTensorFlow,
  dtypeToTensorFlow,
  tensorFlowDTypeName,
  tensorFlowDTypeNameOf,
  tensorFlowDTypeNumber,
} from './tensorflow-dtype.ts';
export { extendCrc32c, maskCrc32c } from './tfrecord/crc32c.ts';
export {
  checkTfRecordData,
  encodeCheckedTfRecord,
  encodeTfRecord,
  readTfRecords,
  TFRECORD_FOOTER_BYTES,
  TFRECORD_HEADER_BYTES,
  type TfRecordPlace,
  tfRecordLength,
} from './tfrecord/tfrecord.ts';
export { formatTraceparent, parseTraceContext, TRACEPARENT_HEADER, TRACESTATE_HEADER } from './trace-context.ts';
