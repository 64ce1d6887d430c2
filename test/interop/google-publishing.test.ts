import { randomBytes } from 'node:crypto';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DigitLoad } from '../support/digit-load.ts';
import { mnistDirectory } from '../support/model-repository.ts';
import { World } from './publishing-world.ts';
import { installFakeGcsServer } from './store-servers.ts';

const fakeGcsServer = await installFakeGcsServer();
/** More than is sent in one request. */
const LARGE_BYTES = 20_000_000;

describe.skipIf('missing' in fakeGcsServer)(
  `publishing over Google Cloud Storage ${'missing' in fakeGcsServer ? fakeGcsServer.missing : ''}`,
  () => {
    it('serves, promotes and rolls back without a failed request', { timeout: 60_000 }, async () => {
      if ('missing' in fakeGcsServer) {
        return;
      }
      await using world = await World.create(fakeGcsServer.start);
      const { model } = world;
      await world.done('publish', mnistDirectory(1), model, '--labels', 'stable');
      const rest = await world.serve();
      await using load = await DigitLoad.start(`${rest}/v1/models/mnist:predict`, 20);
      expect((await load.next(5)).map(({ version }) => version)).toEqual([1, 1, 1, 1, 1]);

      const large = join(world.directory, 'large');
      await cp(mnistDirectory(2), large, { recursive: true });
      await writeFile(join(large, 'extra.bin'), randomBytes(LARGE_BYTES));
      const published = await world.run('publish', large, model);
      expect(published, published.output).toMatchObject({ code: 0 });
      await world.done('promote', model, '--version', '2');
      await load.until(({ version }) => version === 2);
      await world.done('rollback', model);
      await load.until(({ version }) => version === 1);

      expect(load.failures).toEqual([]);
      expect(published.output + world.log).not.toContain('Warning');
    });
  },
);
