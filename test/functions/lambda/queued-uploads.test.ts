import { describe, expect, it } from 'vitest';
import { eventOf, MODEL_FILES, PublisherWorld } from '../publisher/publisher-world.ts';

describe('createPublisherHandler', () => {
  it('publishes a plain upload after two looks that agree, and asks for the second itself', async () => {
    const world = new PublisherWorld();
    await world.addIndex();
    await world.upload(MODEL_FILES, 'm/7/');
    expect(await world.deliver()).toEqual({ batchItemFailures: [] });
    expect([world.indexed, world.delays]).toEqual([[], [10_000]]);
    await world.deliver();
    expect([world.indexed, world.decisions]).toEqual([['m/7'], ['waiting', 'published']]);
  });

  it('makes the index of a repository that has none, with everything that is complete', async () => {
    const world = new PublisherWorld();
    await world.upload(MODEL_FILES, 'old/1/');
    await world.upload(MODEL_FILES, 'm/7/');
    world.queue = [eventOf('m/7/saved_model.pb')];
    await world.deliver();
    await world.deliver();
    expect(world.indexed.toSorted()).toEqual(['m/7', 'old/1']);
  });

  it('does nothing about doubled, late and disordered events of a published version', async () => {
    const world = new PublisherWorld();
    await world.addIndex();
    await world.upload(MODEL_FILES, 'm/7/');
    const late = [...world.queue, ...world.queue].toReversed();
    await world.deliver();
    await world.deliver();
    const { etag } = (await world.store.head('index.json')) ?? {};
    world.queue = late;
    await world.deliver();
    await world.deliver();
    expect([world.decisions.slice(2), world.queue]).toEqual([['ignored'], []]);
    expect((await world.store.head('index.json'))?.etag).toBe(etag);
  });

  it('publishes once where two invocations look at the same time', async () => {
    const world = new PublisherWorld();
    await world.addIndex();
    await world.upload(MODEL_FILES, 'm/7/');
    await world.deliver();
    world.now += 10_000;
    const results = await Promise.all([world.send(world.queue), world.send(world.queue)]);
    expect(results).toEqual([{ batchItemFailures: [] }, { batchItemFailures: [] }]);
    expect(world.indexed).toEqual(['m/7']);
  });

  it('waits for an upload that grows, and begins anew with each change', async () => {
    const world = new PublisherWorld();
    await world.addIndex();
    const [first, ...rest] = Object.entries(MODEL_FILES);
    await world.upload(Object.fromEntries([first as [string, string]]), 'm/7/');
    await world.deliver();
    await world.upload(Object.fromEntries(rest), 'm/7/');
    await world.deliver();
    expect(world.indexed).toEqual([]);
    await world.deliver();
    expect(world.indexed).toEqual(['m/7']);
  });

  it('rejects what stays incomplete, names it in the log, and leaves a note with the reason', async () => {
    const world = new PublisherWorld();
    await world.addIndex();
    await world.upload({ 'saved_model.pb': MODEL_FILES['saved_model.pb'] ?? '' }, 'm/7/');
    for (let look = 0; look < 3; look++) {
      await world.deliver(look < 2 ? 10_000 : 3_600_000);
    }
    expect(world.log.at(-1)).toMatchObject({
      level: 'warn',
      facts: { model: 'm', version: '7', decision: 'rejected' },
    });
    expect([...world.store.objects.keys()]).toContain('m/7/rejected.json');
  });

  it.each([
    ['the index', 'index.json'],
    ['a note of a refusal', 'm/7/rejected.json'],
    ['a claim', 'm/7/.publishing.json'],
    ['a file beside the versions', 'm/readme.txt'],
  ])('does not look because of %s that was written', async (_, key) => {
    const world = new PublisherWorld();
    expect(await world.send([eventOf(key)])).toEqual({ batchItemFailures: [] });
    expect(world.log).toEqual([]);
  });

  it('looks again when the note of a refusal is deleted', async () => {
    const world = new PublisherWorld();
    await world.send([eventOf('m/7/rejected.json', 'Object Deleted')]);
    expect(world.decisions).toEqual(['ignored']); // it is empty
  });

  it('leaves the events of other buckets alone', async () => {
    const world = new PublisherWorld();
    await world.upload(MODEL_FILES, 'm/7/');
    await world.send([eventOf('m/7/saved_model.pb', 'Object Created', 'others')]);
    expect(world.log).toEqual([]);
  });

  it('has the messages of a version again that could not be looked at, and only those', async () => {
    const world = new PublisherWorld();
    await world.addIndex();
    await world.upload(MODEL_FILES, 'm/7/');
    world.queueFails = true;
    const { batchItemFailures } = await world.send([eventOf('empty/1/x'), ...world.queue]);
    expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(['m1', 'm2', 'm3']);
    expect(world.log.at(-1)).toMatchObject({ level: 'error', facts: { model: 'm', version: '7' } });
  });

  it.each(['no JSON', '{}', '{"look":{"model":1}}'])('fails the message %s and does the others', async (body) => {
    const world = new PublisherWorld();
    await world.addIndex();
    await world.upload(MODEL_FILES, 'm/7/');
    const { batchItemFailures } = await world.send([body, ...world.queue]);
    expect(batchItemFailures).toEqual([{ itemIdentifier: 'm0' }]);
    expect(world.decisions).toEqual(['waiting']);
  });
});
