import type { BenchCase } from '../bench-case.ts';
import { BATCH_SCHEDULER_CASES } from './batch-scheduler.ts';
import { CHANGE_CASES } from './change.ts';
import { COLD_START_CASES } from './cold-start.ts';
import { DOWNLOAD_CASES } from './download.ts';
import { JSON_CASES } from './json.ts';
import { MEMORY_CASES } from './memory.ts';
import { PREDICT_PROTO_CASES } from './predict-proto.ts';
import { RESIZE_CASES } from './resize.ts';
import { SAVED_MODEL_CASES } from './savedmodel.ts';
import { SERVING_CASES } from './serving.ts';
import { TENSOR_PROTO_CASES } from './tensor-proto.ts';

/** Every case, in the order of the report. */
export const BENCH_CASES: readonly BenchCase[] = [
  ...TENSOR_PROTO_CASES,
  ...PREDICT_PROTO_CASES,
  ...JSON_CASES,
  ...RESIZE_CASES,
  ...BATCH_SCHEDULER_CASES,
  ...SERVING_CASES,
  ...SAVED_MODEL_CASES,
  ...CHANGE_CASES,
  ...MEMORY_CASES,
  ...COLD_START_CASES,
  ...DOWNLOAD_CASES,
];
