import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ModelServer, resolveServerConfig } from '../../gpu-backend/src/index.ts';
import { convModel, INPUT_SIZE } from '../../scripts/src/bench/overload/conv-model.ts';
import { type MetricsPage, parseMetricsPage } from '../support/metrics-page.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** A model server of our own with MNIST and a convolution, to be measured over REST. */
export interface MeasuredServer extends AsyncDisposable {
  readonly models: readonly { readonly name: string; readonly instance: unknown }[];
  page(): Promise<MetricsPage>;
  /** The answer's status. */
  predict(model: string, instances: readonly unknown[]): Promise<number>;
}

export async function startMeasuredServer(): Promise<MeasuredServer> {
  const repository = await mkdtemp(join(tmpdir(), 'tensorfleet-measure-'));
  const conv = join(repository, 'conv', '1');
  await mkdir(conv, { recursive: true });
  await writeFile(join(conv, 'model.onnx'), convModel());
  await cp(join(ROOT, 'examples/mnist/onnx/3'), join(repository, 'mnist', '3'), { recursive: true });
  const config = resolveServerConfig({ host: '127.0.0.1', model_repository: repository });
  const server = new ModelServer(config, { log: quiet });
  const { rest } = await server.start({ grpcPort: 0, restPort: 0 });
  await server.settled();
  const url = `http://127.0.0.1:${rest}`;
  const picture = Array.from({ length: 28 }, () => Array.from({ length: 28 }, () => [0.5]));
  return {
    models: [
      { name: 'conv', instance: Array.from({ length: INPUT_SIZE }, () => 0.5) },
      { name: 'mnist', instance: picture },
    ],
    page: async () => parseMetricsPage(await (await fetch(`${url}/metrics`)).text()),
    async predict(model, instances) {
      const answer = await fetch(`${url}/v1/models/${model}:predict`, {
        method: 'POST',
        body: JSON.stringify({ instances }),
      });
      await answer.arrayBuffer();
      return answer.status;
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await rm(repository, { recursive: true });
    },
  };
}
