// What batches and loads take on this machine, as the simulation of the scaling rules wants it:
// `node test/measure/service-times.ts`. Batches of each size are sent one after the other to a model server of our own;
// the times are those that it reports, so neither JSON nor the way there is in them.
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import manifest from '../../gpu-backend/package.json' with { type: 'json' };
import { machineFacts } from '../../scripts/src/bench/machine.ts';
import { median } from '../../scripts/src/bench/statistics.ts';
import { type MeasuredServer, startMeasuredServer } from './measured-server.ts';

const FILE = resolve(import.meta.dirname, '../../scripts/src/simulation/recorded/service-times.json');
const SIZES = [1, 2, 4, 8, 16, 32, 64];
const ROUNDS = 15;
const WARM_UPS = 3;

/** Milliseconds of the one batch that `instances` make. */
async function timeOf(server: MeasuredServer, model: string, instances: readonly unknown[]): Promise<number> {
  const sum = async () => (await server.page()).total('tensorfleet_execution_duration_seconds_sum', { model });
  const before = await sum();
  const status = await server.predict(model, instances);
  if (status !== 200) {
    throw new Error(`${model} answered ${status} to ${instances.length} rows`);
  }
  return ((await sum()) - before) * 1000;
}

async function curveOf(server: MeasuredServer, model: string, instance: unknown): Promise<[number, number][]> {
  const curve: [number, number][] = [];
  for (const rows of SIZES) {
    const instances = Array.from({ length: rows }, () => instance);
    const times: number[] = [];
    for (let round = 0; round < WARM_UPS + ROUNDS; round++) {
      times.push(await timeOf(server, model, instances));
    }
    curve.push([rows, Number(median(times.slice(WARM_UPS)).toPrecision(4))]);
  }
  return curve;
}

await using server = await startMeasuredServer();
const loads = await server.page();
const models: Record<string, { batchMs: [number, number][]; loadMs: number }> = {};
for (const { name, instance } of server.models) {
  const loadS = loads.total('tensorfleet_model_load_duration_seconds_sum', { model: name });
  models[name] = { batchMs: await curveOf(server, name, instance), loadMs: Math.round(loadS * 1000) };
}
const recorded = {
  machine: machineFacts(),
  server: manifest.version,
  onnxruntime: manifest.dependencies['onnxruntime-node'],
  models,
};
await writeFile(FILE, `${JSON.stringify(recorded, null, 2)}\n`);
