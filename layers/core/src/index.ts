export { bfloat16Bits, bfloat16Value } from './bfloat16.ts';
export { type CallContext, type OpenCall, openCall, throwIfOver } from './call-context.ts';
export { type CallTrace, createCallTrace } from './call-trace.ts';
export { type Clock, systemClock } from './clock.ts';
export { CODE_NAMES, Code, codeFromNumber, HTTP_STATUS } from './code.ts';
export { type Deadline, deadlineAfter, NO_DEADLINE, remainingMs } from './deadline.ts';
export { diskError, isSystemError } from './disk-error.ts';
export { ARRAY_OF, byteSizeOf, type DataOf, type DType, isDType, type NumericDType } from './dtype.ts';
export { listenError } from './listen-error.ts';
export type { Logger } from './logger.ts';
export { DEFAULT_SIGNATURE, type ModelSpec, parseVersion, type Version, version } from './model-spec.ts';
export { isNoBackend, NO_BACKEND } from './no-backend.ts';
export { httpStatusOf, payloadTooLarge } from './payload-too-large.ts';
export {
  CLASSIFY_METHOD,
  completeInputs,
  fullTensorName,
  PREDICT_METHOD,
  REGRESS_METHOD,
  type Signature,
  type TensorSpec,
  validateInputs,
} from './signature.ts';
export {
  alreadyExists,
  cancelled,
  dataLoss,
  deadlineExceeded,
  type ErrorDetails,
  failedPrecondition,
  internal,
  invalidArgument,
  NO_RETRY,
  notFound,
  PUBLIC,
  permissionDenied,
  resourceExhausted,
  type StatusData,
  StatusError,
  unauthenticated,
  unavailable,
  unimplemented,
} from './status-error.ts';
export {
  type AnyTensor,
  allocate,
  elementCount,
  formatShape,
  MAX_RANK,
  type NamedTensors,
  type Tensor,
  tensor,
  zeros,
} from './tensor.ts';
export type { TraceContext } from './trace-context.ts';
