import { Code, version } from '@tensorfleet/core';
import { describe, expect, test } from 'vitest';
import { MAX_PAST_VERSIONS, PAST_VERSION_MS } from '../../../gpu-backend/src/metrics/past-versions.ts';
import { REQUEST, serve, setUp, V3 } from './metrics-under-test.ts';

const LABELS = { model: 'mnist', version: '3' };
const TFS = ':tensorflow:serving:';

describe('the metrics page', () => {
  test('has valid names only, each once, and a sentence for each', () => {
    const descriptions = setUp().metrics.descriptions();
    const names = descriptions.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name))).toEqual([]);
    const labels = descriptions.flatMap(({ labelNames }) => labelNames);
    expect(labels.filter((label) => !/^[a-zA-Z]\w*$/.test(label) || label === 'le')).toEqual([]);
    expect(descriptions.filter(({ help }) => help === '')).toEqual([]);
  });

  test('counts requests by model, version, API and code', async () => {
    const { metrics, page } = setUp();
    serve(metrics, 'mnist', V3);
    serve(metrics, 'mnist', V3);
    serve(metrics, 'mnist', V3, { code: Code.InvalidArgument });
    const { total } = await page();
    const count = (code: string) => total('tensorfleet_requests_total', { ...LABELS, api: 'Predict', code });
    expect([count('OK'), count('INVALID_ARGUMENT'), count('INTERNAL')]).toEqual([2, 1, 0]);
    const duration = (outcome: string) => total('tensorfleet_request_duration_seconds_count', { ...LABELS, outcome });
    expect([duration('ok'), duration('error')]).toEqual([2, 1]);
  });

  test.each([
    ['tensorfleet_request_duration_seconds', 0.02],
    ['tensorfleet_queue_duration_seconds', 0.005],
    ['tensorfleet_batch_wait_seconds', 0.005],
    ['tensorfleet_execution_duration_seconds', 0.01],
    ['tensorfleet_batch_rows', 5],
    ['tensorfleet_batch_requests', 2],
  ])('observes %s in its unit', async (name, sum) => {
    const { metrics, page } = setUp();
    serve(metrics, 'mnist', V3);
    const { total, types } = await page();
    expect(types.get(name)).toBe('histogram');
    expect([total(`${name}_count`, LABELS), total(`${name}_sum`, LABELS)]).toEqual([1, sum]);
  });

  test('counts the rows that padding added', async () => {
    const { metrics, page } = setUp();
    serve(metrics, 'mnist', V3);
    const { total } = await page();
    expect(total('tensorfleet_batch_padding_rows_total', LABELS)).toBe(3);
    expect(total(`${TFS}batching_session:padding_size_sum`, { execution_batch_size: '8' })).toBe(3);
    expect(total(`${TFS}batching_session:processed_batch_size_sum`)).toBe(8);
  });

  test("carries TensorFlow Serving's names, labels, units and buckets", async () => {
    const { metrics, page } = setUp();
    serve(metrics, 'mnist', V3);
    serve(metrics, 'mnist', V3, { entrypoint: 'REST' });
    const { total, types, samples } = await page();
    expect(types.get(`${TFS}request_count`)).toBe('counter');
    expect(total(`${TFS}request_count`, { model_name: 'mnist', status: 'OK' })).toBe(2);
    const latency = (API: string, entrypoint: string) =>
      total(`${TFS}request_latency_sum`, { model_name: 'mnist', API, entrypoint });
    expect([latency('Predict', 'GRPC'), latency('predict', 'REST')]).toEqual([20_000, 20_000]);
    const runtime = { model_name: 'mnist', API: 'Predict', runtime: 'TF1' };
    expect(total(`${TFS}runtime_latency_sum`, runtime)).toBe(30_000);
    const bounds = samples
      .filter(({ name, labels }) => name === `${TFS}request_latency_bucket` && labels['entrypoint'] === 'REST')
      .map(({ labels }) => labels['le']);
    expect(bounds).toHaveLength(34);
    expect([...bounds.slice(0, 4), bounds.at(-1)]).toEqual(['10', '18', '32.4', '58.32', '+Inf']);
    expect(total(`${TFS}batching_session:queuing_latency_sum`, { thread_pool_name: '' })).toBe(10_000);
    expect(total(`${TFS}batching_session:wrapped_run_count`)).toBe(2);
  });

  test('counts the examples of requests that have some', async () => {
    const { metrics, page } = setUp();
    serve(metrics, 'mnist', V3, { api: 'Classify', examples: 3 });
    serve(metrics, 'mnist', V3, { api: 'MultiInference', examples: 4 });
    serve(metrics, 'mnist', V3);
    const { total } = await page();
    expect(total(`${TFS}request_example_counts_count`, { model: 'mnist' })).toBe(2);
    expect(total(`${TFS}request_example_counts_sum`, { model: 'mnist' })).toBe(7);
    expect(total(`${TFS}request_example_count_total`, { model: 'mnist' })).toBe(7);
  });

  test('observes no latency of requests that failed under names that promise successes only', async () => {
    const { metrics, page } = setUp();
    serve(metrics, 'mnist', V3, { code: Code.Unavailable });
    const { total } = await page();
    expect(total(`${TFS}request_count`, { status: 'UNAVAILABLE' })).toBe(1);
    expect(total(`${TFS}request_latency_count`) + total(`${TFS}runtime_latency_count`)).toBe(0);
  });

  test("carries Triton's names over the requests of every API", async () => {
    const { metrics, page } = setUp();
    serve(metrics, 'mnist', V3, { api: 'ModelInfer' });
    serve(metrics, 'mnist', V3);
    const { total } = await page();
    expect(total('nv_inference_request_success', LABELS)).toBe(2);
    expect(total('nv_inference_count', LABELS)).toBe(8);
    expect(total('nv_inference_exec_count', LABELS)).toBe(2);
    expect(total('nv_inference_request_duration_us', LABELS)).toBe(40_000);
    expect(total('nv_inference_queue_duration_us', LABELS)).toBe(10_000);
    expect(total('nv_inference_compute_infer_duration_us', LABELS)).toBe(20_000);
  });

  test.each([
    [Code.Unavailable, 'REJECTED'],
    [Code.ResourceExhausted, 'REJECTED'],
    [Code.Cancelled, 'CANCELED'],
    [Code.Internal, 'BACKEND'],
    [Code.InvalidArgument, 'OTHER'],
  ])("gives code %i Triton's reason %s, and the other reasons none", async (code, reason) => {
    const { metrics, page } = setUp();
    serve(metrics, 'mnist', V3, { code });
    const { samples } = await page();
    const failures = samples.filter(({ name }) => name === 'nv_inference_request_failure');
    expect(failures).toHaveLength(4);
    expect(failures.filter(({ value }) => value === 1).map(({ labels }) => labels['reason'])).toEqual([reason]);
  });

  test.each([
    ['overloaded', Code.ResourceExhausted, 0, 1],
    ['unavailable', Code.Unavailable, 0, 1],
    ['too_late', Code.DeadlineExceeded, 0, 1],
    ['too_late', Code.DeadlineExceeded, 10, 0],
  ])(
    'counts as refused, being %s, what ended with code %i after %i ms in a batch: %i',
    async (reason, code, runMs, refused) => {
      const { metrics, page } = setUp();
      serve(metrics, 'mnist', V3, { code, runMs });
      expect((await page()).total('tensorfleet_refusals_total', { ...LABELS, reason })).toBe(refused);
    },
  );

  test('shows the requests that are not answered', async () => {
    const { metrics, page } = setUp();
    metrics.requestStarted({ name: 'mnist', version: V3 });
    metrics.requestStarted({ name: 'mnist', version: V3 });
    metrics.requestDone(REQUEST);
    expect((await page()).total('tensorfleet_requests_in_flight', LABELS)).toBe(1);
  });

  test('never makes a label of the name of a model that is not served', async () => {
    const { metrics, page } = setUp();
    const before = (await page()).samples.length;
    for (let index = 0; index < 300; index++) {
      metrics.requestDone({ ...REQUEST, model: '', version: undefined, code: Code.NotFound });
    }
    const { total, samples } = await page();
    expect(total(`${TFS}request_count`, { model_name: '', status: 'NOT_FOUND' })).toBe(300);
    expect(total('tensorfleet_requests_total', { model: '', version: '', code: 'NOT_FOUND' })).toBe(300);
    expect(total('tensorfleet_requests_in_flight')).toBe(0);
    expect(samples.length - before).toBeLessThan(300);
  });

  test('counts loads by outcome, and under the names of TensorFlow by directory', async () => {
    const { metrics, page } = setUp();
    const id = { name: 'mnist', version: V3 };
    metrics.loadDone(id, { directory: '/m/3', isLoaded: false, durationMs: 100 });
    metrics.loadDone(id, { directory: '/m/3', isLoaded: true, durationMs: 500 });
    const { total } = await page();
    const loads = (outcome: string) => total('tensorfleet_model_loads_total', { ...LABELS, outcome });
    expect([loads('ok'), loads('error')]).toEqual([1, 1]);
    expect(total('tensorfleet_model_load_duration_seconds_sum', { model: 'mnist' })).toBe(0.5);
    const prefix = ':tensorflow:cc:saved_model:load_';
    expect(total(`${prefix}attempt_count`, { model_path: '/m/3', status: 'fail' })).toBe(1);
    expect(total(`${prefix}latency`, { model_path: '/m/3' })).toBe(600_000);
  });

  test('times warm-ups, under our names and those of TensorFlow Serving', async () => {
    const { metrics, page } = setUp();
    metrics.warmupDone({ name: 'mnist', version: V3 }, { directory: '/m/3', records: 7, durationMs: 250 });
    const { total } = await page();
    expect(total('tensorfleet_model_warmup_duration_seconds_sum', { model: 'mnist' })).toBe(0.25);
    const labels = { model_path: '/m/3', status: 'success' };
    expect(total(`${TFS}model_warmup_latency_sum`, labels)).toBe(250_000);
    expect(total(`${TFS}model_warmup_records_read`, labels)).toBe(7);
  });

  test('counts what was written to request logs, and what was not', async () => {
    const { metrics, page } = setUp();
    metrics.requestsLogged('mnist', 'written', 5);
    metrics.requestsLogged('mnist', 'dropped', 2);
    const { total } = await page();
    const records = (outcome: string) => total('tensorfleet_request_log_records_total', { model: 'mnist', outcome });
    expect([records('written'), records('dropped')]).toEqual([5, 2]);
  });

  test('counts gRPC calls and their bytes, those of no model too', async () => {
    const { metrics, page } = setUp();
    const sizes = { requestBytes: 10, responseBytes: 20 };
    const trace = { api: 'Predict', model: 'mnist', version: V3, examples: 0, rows: 1, queueMs: 0, runMs: 0 };
    metrics.grpcCallDone({ path: '/s/Predict', code: Code.Ok, trace, ...sizes });
    metrics.grpcCallDone({ path: undefined, code: Code.Unimplemented, trace: undefined, ...sizes });
    const { total } = await page();
    expect(total('tensorfleet_grpc_calls_total', { method: '/s/Predict', code: 'OK' })).toBe(1);
    expect(total('tensorfleet_grpc_calls_total', { method: '', code: 'UNIMPLEMENTED' })).toBe(1);
    expect(total('tensorfleet_request_bytes_total', { ...LABELS, protocol: 'grpc' })).toBe(10);
    expect(total('tensorfleet_response_bytes_total', { model: '', protocol: 'grpc' })).toBe(20);
  });

  test('counts REST requests, under the name of TensorFlow Serving those of its API that are no inference', async () => {
    const { metrics, page } = setUp();
    const facts = { method: 'GET', requestBytes: 1, responseBytes: 2, durationMs: 3 };
    const trace = { api: '', model: '', version: undefined, examples: 0, rows: 0, queueMs: 0, runMs: 0 };
    metrics.restRequestDone({ ...facts, target: '/v1/models/mnist', status: 200, code: Code.Ok, trace });
    metrics.restRequestDone({ ...facts, target: '/v1/models/x', status: 404, code: Code.NotFound, trace });
    metrics.restRequestDone({ ...facts, target: '/metrics', status: 200, code: Code.Ok, trace });
    const inference = { ...trace, api: 'Predict', model: 'mnist', version: V3 };
    metrics.restRequestDone({
      ...facts,
      target: '/v1/models/mnist:predict',
      status: 200,
      code: Code.Ok,
      trace: inference,
    });
    const { total } = await page();
    expect(total('tensorfleet_rest_requests_total', { method: 'GET', status: '200' })).toBe(3);
    expect(total('tensorfleet_request_bytes_total', { ...LABELS, protocol: 'rest' })).toBe(1);
    const count = (status: string) => total(`${TFS}request_count`, { model_name: '', status });
    expect([count('OK'), count('NOT_FOUND')]).toEqual([1, 1]);
    const latency = { model_name: '', API: '', entrypoint: 'REST' };
    expect(total(`${TFS}request_latency_sum`, latency)).toBe(3000);
  });

  test('reads states, queues and which models answer when it is asked for', async () => {
    const reading = { model: 'mnist', version: '3' };
    const { page } = setUp({
      queueDepths: () => [{ ...reading, queued: 9 }],
      versionStates: () => [{ ...reading, state: 'available' }],
      models: () => [
        { model: 'mnist', latest: 3 },
        { model: 'lost', latest: undefined },
      ],
    });
    const { total, samples } = await page();
    expect(total('tensorfleet_queue_depth', reading)).toBe(9);
    expect(total('nv_inference_pending_request_count', reading)).toBe(9);
    expect(total('tensorfleet_model_version_state', { ...reading, state: 'available' })).toBe(1);
    const available = samples.filter(({ name }) => name === 'tensorfleet_model_available');
    expect(available.map(({ value }) => value)).toEqual([1, 0]);
    const latest = samples.filter(({ name }) => name === 'tensorfleet_model_latest_version');
    expect(latest).toMatchObject([{ labels: { model: 'mnist' }, value: 3 }]);
    expect(total('tensorfleet_build_info', { version: '1.2.3', node: process.version })).toBe(1);
  });
});

describe('version labels', () => {
  test('show what part of their requests a version gets, and what they wait for', async () => {
    const canary = { model: 'mnist', label: 'canary' };
    const { page } = setUp({
      labelShares: () => [
        { ...canary, version: '12', share: 0.95 },
        { ...canary, version: '13', share: 0.05 },
      ],
      pendingLabels: () => [{ ...canary, version: '14' }],
    });
    const { samples } = await page();
    const shown = samples.filter(({ name }) => name.startsWith('tensorfleet_label_'));
    expect(shown).toMatchObject([
      { name: 'tensorfleet_label_share', labels: { ...canary, version: '12' }, value: 0.95 },
      { name: 'tensorfleet_label_share', labels: { ...canary, version: '13' }, value: 0.05 },
      { name: 'tensorfleet_label_pending', labels: { ...canary, version: '14' }, value: 1 },
    ]);
  });
});

describe('versions that ended', () => {
  const roll = ({ metrics, clock }: ReturnType<typeof setUp>, model: string, number: number) => {
    const id = { name: model, version: version(number) };
    metrics.versionChanged(id, false);
    metrics.loadDone(id, { directory: `/${model}/${number}`, isLoaded: true, durationMs: 1 });
    metrics.warmupDone(id, { directory: `/${model}/${number}`, records: 1, durationMs: 1 });
    serve(metrics, model, id.version);
    clock.advance(1000);
    metrics.versionChanged({ name: model, version: version(number - 1) }, true);
  };

  test('leave the page some minutes later, and what their model counted stays', async () => {
    const under = setUp();
    roll(under, 'mnist', 3);
    roll(under, 'mnist', 4);
    expect((await under.page()).total('tensorfleet_requests_total', LABELS)).toBe(1);
    under.clock.advance(PAST_VERSION_MS);
    const { total, samples } = await under.page();
    expect(samples.filter(({ labels }) => labels['version'] === '3' || labels['model_path'] === '/mnist/3')).toEqual(
      [],
    );
    expect(total('tensorfleet_requests_total', { model: 'mnist', version: '4' })).toBe(1);
    expect(total(`${TFS}request_count`, { model_name: 'mnist' })).toBe(2);
  });

  test('do not add up over 1,000 rolls, nor do models that come and go', async () => {
    const under = setUp();
    const own = async () => (await under.page()).samples.filter(({ name }) => !/^(process|nodejs)_/.test(name)).length;
    const rollBoth = (number: number) => {
      roll(under, 'mnist', number);
      if (number % 5 > 0) {
        return;
      }
      roll(under, `model_${number}`, 1);
      under.metrics.versionChanged({ name: `model_${number}`, version: version(1) }, true);
    };
    for (let number = 1; number <= 2 * MAX_PAST_VERSIONS; number++) {
      rollBoth(number);
    }
    const atBound = await own();
    for (let number = 2 * MAX_PAST_VERSIONS + 1; number <= 1000; number++) {
      rollBoth(number);
    }
    // Which of the two a full line holds more of differs, by less than what one version has.
    expect(await own()).toBeLessThan(atBound * 1.1);
    expect((await under.page()).total(`${TFS}request_count`, { model_name: 'mnist' })).toBe(1000);
  });

  test('take the last of their model with them', async () => {
    const under = setUp();
    const id = { name: 'mnist', version: V3 };
    serve(under.metrics, 'mnist', V3);
    under.metrics.workerLost(id);
    under.metrics.versionChanged(id, true);
    under.clock.advance(PAST_VERSION_MS);
    const { samples } = await under.page();
    expect(samples.filter(({ labels }) => labels['model'] === 'mnist' || labels['model_name'] === 'mnist')).toEqual([]);
  });
});
