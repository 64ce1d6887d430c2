import { afterAll, beforeAll, describe } from 'vitest';
import { describeIndexedRepository } from '../contract/indexed-repository.contract.ts';
import { describeModelRepository, type RepositoryFixture } from '../contract/model-repository.contract.ts';
import { fixtureOf } from '../gpu-backend/repository/object/object-fixture.ts';
import { StoreRepository } from './store-repository.ts';
import {
  type Installed,
  installFakeGcsServer,
  installMoto,
  installVersitygw,
  type StoreServer,
} from './store-servers.ts';

// What every ModelRepository promises, over servers of others and with the cache that servers have.
const [versitygw, moto, fakeGcsServer] = await Promise.all([installVersitygw(), installMoto(), installFakeGcsServer()]);

function describeOn(name: string, installed: Installed): void {
  if ('missing' in installed) {
    describe.skip(`a ModelRepository over ${name} (${installed.missing})`, () => {});
    return;
  }
  describe(`a ModelRepository over ${name}`, () => {
    let server: StoreServer;

    beforeAll(async () => {
      server = await installed.start();
    });
    afterAll(async () => {
      await server[Symbol.asyncDispose]();
    });

    const make = async (): Promise<RepositoryFixture> => fixtureOf(await StoreRepository.open(server));

    describe('without an index', () => describeModelRepository(make));
    describe('with an index', () => describeIndexedRepository(make));
  });
}

describeOn('S3 on versitygw', versitygw);
describeOn('S3 on moto', moto);
describeOn('Google Cloud Storage on fake-gcs-server', fakeGcsServer);
