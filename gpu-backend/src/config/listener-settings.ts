import { z } from 'zod';
import { flag, listOf, real, text, whole } from './values.ts';

/** Exactly as browsers send it: a page's scheme, host and port. */
function isOrigin(value: string): boolean {
  return value === '*' || URL.parse(value)?.origin === value;
}

/** Where the server listens, and what it takes and gives there. */
export const listenerSettings = {
  host: z.string().default('0.0.0.0').describe('address to listen on'),
  port: whole(0, 65_535).prefault(8500).describe('gRPC port; 0 disables it'),
  rest_api_port: whole(0, 65_535).prefault(8501).describe('REST and metrics port; 0 disables REST'),
  grpc_socket_path: text.describe('Unix socket on which gRPC is served, too'),
  grpc_channel_arguments: text.describe('name=value,name=value of gRPC; those that mean something here count'),
  ssl_config_file: text.describe('SSLConfig in protobuf text format: TLS for gRPC'),
  rest_api_ssl_config_file: text.describe('the same for REST'),
  rest_api_timeout_in_ms: whole()
    .prefault(30_000)
    .describe('most time of a REST request; none when it is 0 or negative'),
  rest_api_enable_cors_support: flag
    .prefault(false)
    .describe('allow pages of other origins: those of rest_api_cors_origins, or all'),
  rest_api_cors_origins: text
    .transform(listOf)
    .refine((origins) => origins.every(isOrigin), 'each must be * or an origin, such as https://app.example')
    .describe('comma-separated origins whose pages may call the REST API; * for all'),
  rest_api_non_finite_numbers: z
    .enum(['literal', 'null', 'string'])
    .default('literal')
    .describe('how NaN and infinities are written in JSON, which has none'),
  rest_api_all_dtypes: flag
    .prefault(false)
    .describe('take half, bfloat16 and uint16 inputs over REST, too, which TensorFlow Serving refuses'),
  enable_serialization_as_tensor_content: flag
    .prefault(false)
    .describe('answers over gRPC hold tensors as bytes, not as lists of typed values'),
  enable_grpc_healthcheck_service: flag.prefault(false).describe('accepted; grpc.health.v1 is always served here'),
  max_message_megabytes: whole(1, 4095).prefault(128).describe('largest gRPC message and REST body'), // a gRPC frame's length has 32 bits
  drain_timeout_seconds: real(0, 86_400)
    .prefault(20)
    .describe('time that requests in flight have to finish after SIGTERM'),
};
