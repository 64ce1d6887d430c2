import { once } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { reportToParent } from '../serving/report-to-parent.ts';

// One file under any name, as S3 gives it: `object-server.ts <file> <bytes per second and connection, 0 for no limit>`.
const [path = '', rate = '0'] = process.argv.slice(2);
const PIECE_BYTES = 256 * 1024;

const file = await open(path);
const { size } = await file.stat();
const server = createServer((request, response) => {
  answer(file, request, response).catch(() => response.destroy());
});
server.listen(0, '127.0.0.1', () => reportToParent((server.address() as AddressInfo).port)); // a port, as it listens

async function answer(from: FileHandle, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const start = Number(first ?? 0);
  const end = last ? Number(last) + 1 : size;
  response.writeHead(first === undefined ? 200 : 206, {
    etag: '"1"',
    'content-length': end - start,
    ...(first !== undefined && { 'content-range': `bytes ${start}-${end - 1}/${size}` }),
  });
  const left = new AbortController();
  response.once('close', () => left.abort());
  const began = performance.now();
  const bytesPerMs = Number(rate) / 1_000;
  for (let position = start; position < end && !response.destroyed; position += PIECE_BYTES) {
    const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, end - position));
    await from.read(piece, 0, piece.byteLength, position);
    if (!response.write(piece)) {
      await once(response, 'drain', { signal: left.signal });
    }
    const aheadMs = bytesPerMs === 0 ? 0 : (position - start) / bytesPerMs - (performance.now() - began);
    await (aheadMs > 0 && delay(aheadMs));
  }
  response.end();
}
