import { createFleetClient } from '@tensorfleet/client';
import { publishVersion, unpublishVersion } from '@tensorfleet/repository';
import { expect, it } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { mnistDirectory, TemporaryRepository } from '../support/model-repository.ts';
import { Program } from '../support/program.ts';
import { residentKilobytes } from '../support/resident-memory.ts';
import { named } from '../support/tensors.ts';

const CYCLES = 200;
/** The allocator breathes by a few megabytes from cycle to cycle, so both ends are looked at over some cycles. */
const EARLY_CYCLES = [15, 25] as const;
const LATE_CYCLES = 10;
const REQUESTS_PER_CYCLE = 5;
const POLL_SECONDS = 0.02;

it.skipIf(process.platform !== 'linux')(
  '200 publish and unload cycles leave the server with the memory of the twentieth, within 10 % (skipped without /proc)',
  async () => {
    await using repository = await TemporaryRepository.create();
    const { root } = repository;
    await publishVersion({ source: mnistDirectory(3), root, model: 'mnist', version: 1 });
    const [grpc, rest] = await freePorts(2);
    await using program = new Program('tensorfleet.ts', [
      ...['serve', `--model_repository=${root}`, '--host=127.0.0.1', `--port=${grpc}`, `--rest_api_port=${rest}`],
      `--file_system_poll_wait_seconds=${POLL_SECONDS}`,
    ]);
    await program.printed('{name: mnist version: 1} is in state available');
    await using fleet = createFleetClient({ target: `127.0.0.1:${grpc}` });
    const inputs = named({ images: { dtype: 'FP32', shape: [8, 28, 28, 1], data: new Float32Array(8 * 28 * 28) } });

    const resident: number[] = [];
    for (let cycle = 1; cycle <= CYCLES; cycle++) {
      const version = cycle + 1;
      await publishVersion({ source: mnistDirectory(3), root, model: 'mnist', version });
      await unpublishVersion({ root, model: 'mnist', version: cycle });
      await program.printed(`{name: mnist version: ${cycle}} is in state end`);
      for (let request = 0; request < REQUESTS_PER_CYCLE; request++) {
        expect((await fleet.predict({ name: 'mnist' }, inputs)).modelSpec.version).toBe(version);
      }
      resident.push(await residentKilobytes(program.pid));
    }
    const early = Math.max(...resident.slice(...EARLY_CYCLES));
    const late = Math.min(...resident.slice(-LATE_CYCLES));
    expect(late / early).toBeLessThan(1.1);
  },
);
