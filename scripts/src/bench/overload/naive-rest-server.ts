import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { reportToParent } from '../serving/report-to-parent.ts';

// What servers do that know no overload: every request is taken, read and run, first come, first served.
// `naive-rest-server.ts <model.onnx>`.
const session = await InferenceSession.create(process.argv[2] ?? '', { intraOpNumThreads: 1, interOpNumThreads: 1 });

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

const server = createServer((request, response) => {
  void bodyOf(request)
    .then(async (body) => {
      const { instances } = JSON.parse(body) as { instances: number[][] };
      const x = new Tensor('float32', instances.flat(), [instances.length, instances[0]?.length ?? 0]);
      const { y } = await session.run({ x });
      const width = y?.dims[1] ?? 1;
      const values = Array.from((y?.data ?? []) as Float32Array);
      const rows = instances.map((_, row) => values.slice(row * width, (row + 1) * width));
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ predictions: rows }));
    })
    .catch((error: unknown) => response.writeHead(500).end(String(error)));
});
server.listen(0, '127.0.0.1', () => reportToParent((server.address() as AddressInfo).port));
