import { StatusError } from '@tensorfleet/core';
import type { Engine, Session } from '../engine.ts';
import type { FromChild, ToChild } from './child-messages.ts';

/** Entry of the process behind a fenced session: one engine, one model, as many runs at once as the parent sends. */

let session: Session | undefined;

process.on('message', (message: ToChild) => void answer(message).then(send));

// Without a parent there is nothing to do, and nothing to save. Not `exit`: that waits for runs in native code, and
// destroys what they use.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

function send(message: FromChild): void {
  process.send?.(message);
}

async function answer(message: ToChild): Promise<FromChild> {
  switch (message.kind) {
    case 'load':
      return await load(message);
    case 'run':
      return await run(message);
  }
}

async function load({ engine, artifact, device }: ToChild & { kind: 'load' }): Promise<FromChild> {
  try {
    const module = await import(engine.module);
    const created: Engine = module[engine.create](...engine.parameters);
    session = await created.load(artifact, device);
    return { kind: 'loaded', signatures: session.signatures };
  } catch (reason) {
    return { kind: 'failed', error: StatusError.from(reason).toData() };
  }
}

async function run({ id, signature, inputs }: ToChild & { kind: 'run' }): Promise<FromChild> {
  try {
    if (session === undefined) {
      throw new Error('a run came before the model was loaded');
    }
    return { kind: 'outputs', id, outputs: await session.run(signature, inputs) };
  } catch (reason) {
    return { kind: 'error', id, error: StatusError.from(reason).toData() };
  }
}
