import { ByteReader } from './byte-reader.ts';
import { type EncodeOptions, encodeMessage, type Field, intField, mapEntry, stringField } from './fields.ts';
import { bytesTag, varintTag } from './wire.ts';

/** grpc.health.v1.HealthCheckRequest; the empty service is the server as a whole. */
export interface HealthCheckRequest {
  readonly service: string;
}

const SERVING_STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;

export type ServingStatus = (typeof SERVING_STATUSES)[number];

/** grpc.health.v1.HealthCheckResponse. */
export interface HealthCheckResponse {
  readonly status: ServingStatus;
}

const SERVICE = bytesTag(1);
const STATUS = varintTag(1);

export function encodeHealthCheckRequest(
  request: HealthCheckRequest,
  options?: EncodeOptions,
): Uint8Array<ArrayBuffer> {
  return encodeMessage([stringField(1, request.service)], options);
}

export function decodeHealthCheckRequest(bytes: Uint8Array): HealthCheckRequest {
  const reader = ByteReader.of(bytes, 'HealthCheckRequest');
  let service = '';
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === SERVICE) {
      service = reader.string();
    } else {
      reader.skip(tag);
    }
  }
  return { service };
}

export function encodeHealthCheckResponse(
  response: HealthCheckResponse,
  options?: EncodeOptions,
): Uint8Array<ArrayBuffer> {
  return encodeMessage([statusField(response.status)], options);
}

/** grpc.health.v1.HealthListResponse: the status of each service by its name. */
export function encodeHealthListResponse(
  statuses: ReadonlyMap<string, ServingStatus>,
  options?: EncodeOptions,
): Uint8Array<ArrayBuffer> {
  const entries = [...statuses].map(([service, status]) => mapEntry(1, service, [statusField(status)]));
  return encodeMessage(entries, options);
}

function statusField(status: ServingStatus): Field {
  return intField(1, SERVING_STATUSES.indexOf(status));
}

/** A status number that names no status is UNKNOWN. */
export function decodeHealthCheckResponse(bytes: Uint8Array): HealthCheckResponse {
  const reader = ByteReader.of(bytes, 'HealthCheckResponse');
  let status: ServingStatus = 'UNKNOWN';
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === STATUS) {
      status = SERVING_STATUSES[reader.uint32()] ?? 'UNKNOWN';
    } else {
      reader.skip(tag);
    }
  }
  return { status };
}
