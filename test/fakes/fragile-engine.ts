import { type AnyTensor, invalidArgument, type NamedTensors, type Signature } from '@tensorfleet/core';
import type { Engine, Session } from '../../gpu-backend/src/engine/engine.ts';
import type { EngineModule } from '../../gpu-backend/src/engine/fence/child-messages.ts';
import { signature } from '../support/tensors.ts';

const SIGNATURE: Signature = signature({ x: ['FP32', [null]] }, { y: ['FP32', [null]] });

export const FRAGILE: EngineModule = { module: import.meta.url, create: 'createFragileEngine', parameters: [] };

/**
 * For child processes: `echo` answers with its inputs, `count` with the number of runs so far, `hang` never,
 * `refuse` with an error, `exit` and `crash` end the process. The path says how loading ends.
 */
export function createFragileEngine(): Engine {
  return {
    name: 'fragile',
    async load({ path }): Promise<Session> {
      if (path === 'refuse') {
        throw invalidArgument('the model is no model', { path });
      }
      if (path === 'crash') {
        process.kill(process.pid, 'SIGKILL');
        await new Promise(() => undefined);
      }
      let runs = 0;
      return {
        signatures: new Map([['echo', SIGNATURE]]),
        async run(name: string, inputs: NamedTensors): Promise<NamedTensors> {
          runs += 1;
          switch (name) {
            case 'echo':
              return inputs;
            case 'count':
              return new Map([['runs', { dtype: 'INT32', shape: [], data: Int32Array.of(runs) } as AnyTensor]]);
            case 'refuse':
              throw invalidArgument('no such value', { input: 'x' });
            case 'exit':
              process.exit(3);
              break;
            case 'crash':
              process.kill(process.pid, 'SIGSEGV');
              break;
            case 'hang':
              setInterval(() => undefined, 2 ** 30); // native code would keep the process alive
          }
          return await new Promise(() => undefined);
        },
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
    },
  };
}
