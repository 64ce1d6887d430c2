import { NO_DEADLINE } from '@tensorfleet/core';
import { describeUploadStore, MAX_BYTES } from '../../../contract/upload-store.contract.ts';
import { FAKE_EXPIRES_MS, FakeUploadStore } from '../../../fakes/fake-upload-store.ts';

describeUploadStore('FakeUploadStore', async () => {
  const store = new FakeUploadStore(MAX_BYTES);
  const call = { requestId: 'fake', deadline: NO_DEADLINE, signal: new AbortController().signal };
  return {
    store,
    send: (url, contentType, bytes) => store.send(url, contentType, bytes),
    async signedLongAgo(upload) {
      const signed = await store.sign(upload, call);
      store.now += FAKE_EXPIRES_MS + 1;
      return signed;
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
});
