import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe } from 'vitest';
import { openObjectStore } from '../../layers/repository/src/store/open-object-store.ts';
import { describeObjectStore } from '../contract/object-store.contract.ts';
import {
  type Installed,
  installFakeGcsServer,
  installMoto,
  installVersitygw,
  type StoreServer,
} from './store-servers.ts';

// What every ObjectStore promises, on servers of others.
const [versitygw, moto, fakeGcsServer] = await Promise.all([installVersitygw(), installMoto(), installFakeGcsServer()]);

function describeOn(name: string, installed: Installed): void {
  if ('missing' in installed) {
    describe.skip(`${name} (${installed.missing})`, () => {});
    return;
  }
  describe(name, () => {
    let server: StoreServer;

    beforeAll(async () => {
      server = await installed.start();
    });
    afterAll(async () => {
      await server[Symbol.asyncDispose]();
    });

    describeObjectStore(async () => {
      const environment = server.environment();
      const store = await openObjectStore(`${server.url}/${randomUUID()}`, { environment });
      return { store, [Symbol.asyncDispose]: async () => undefined };
    });
  });
}

describeOn('S3 on versitygw', versitygw);
describeOn('S3 on moto', moto);
describeOn('Google Cloud Storage on fake-gcs-server', fakeGcsServer);
