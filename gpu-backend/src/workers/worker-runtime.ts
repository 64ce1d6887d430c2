import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { failedPrecondition, StatusError } from '@tensorfleet/core';
import { shareNativeSection } from './native-section.ts';
import type { FromWorker, StartData, ToWorker, TransferList } from './protocol.ts';

/** A handler's answer; what `transfer` lists moves to the main thread. */
export interface WorkerReply<Res> {
  readonly payload: Res;
  readonly transfer?: TransferList;
}

/** Answers one call at a time; whatever it throws fails that call only. */
export type WorkerHandler<Req, Res> = (payload: Req) => WorkerReply<Res> | Promise<WorkerReply<Res>>;

/**
 * What the entry of a worker calls: `start` gets the pool's workerData and makes the handler. Whatever it throws is
 * what the pool's `ready` rejects with. Resolves when the worker is ready or has reported that it is not.
 */
export async function serveWorker<Req, Res>(
  start: (data: unknown) => WorkerHandler<Req, Res> | Promise<WorkerHandler<Req, Res>>,
): Promise<void> {
  if (parentPort === null) {
    throw failedPrecondition('serveWorker runs in a worker thread, this is the main thread');
  }
  const port = parentPort;
  const post = (message: FromWorker<Res>, transfer?: TransferList): void => port.postMessage(message, transfer);
  try {
    const { data, nativeSection }: StartData = workerData;
    shareNativeSection(nativeSection);
    const handler = await start(data);
    answerCalls(port, handler, post);
    post({ kind: 'ready' });
  } catch (reason) {
    post({ kind: 'failed', error: StatusError.from(reason).toData() });
  }
}

function answerCalls<Req, Res>(
  port: MessagePort,
  handler: WorkerHandler<Req, Res>,
  post: (message: FromWorker<Res>, transfer?: TransferList) => void,
): void {
  port.on('message', async ({ id, payload }: ToWorker<Req>) => {
    try {
      const reply = await handler(payload);
      post({ kind: 'result', id, payload: reply.payload }, reply.transfer);
    } catch (reason) {
      // Also when the reply could not be cloned or transferred.
      post({ kind: 'error', id, error: StatusError.from(reason).toData() });
    }
  });
}
