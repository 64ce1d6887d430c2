import { beforeEach, describe, expect, it } from 'vitest';
import { BackgroundQueue } from '../../../../gpu-backend/src/server/shadow/background-queue.ts';
import { ManualLoop } from '../../../fakes/manual-loop.ts';

const LIMITS = { maxRunning: 2, maxTasks: 3, maxBytes: 10 };

let loop: ManualLoop;
let queue: BackgroundQueue;
let events: string[];
let ends: Map<string, () => void>;

beforeEach(() => {
  loop = new ManualLoop();
  queue = new BackgroundQueue({ ...LIMITS, defer: loop.defer });
  events = [];
  ends = new Map();
});

function addAll(...names: readonly string[]): void {
  for (const name of names) {
    add(name);
  }
}

function add(name: string, { bytes = 1, isUnwelcome = false } = {}): void {
  queue.add({
    bytes,
    isUnwelcome: () => isUnwelcome,
    run: () => {
      events.push(`${name} runs`);
      return new Promise((resolve) => ends.set(name, resolve));
    },
    drop: () => void events.push(`${name} dropped`),
  });
}

async function end(name: string): Promise<void> {
  ends.get(name)?.();
  await loop.run();
}

describe('BackgroundQueue', () => {
  it('begins nothing at once, and so many at a time, in order', async () => {
    addAll('a', 'b', 'c');
    expect(events).toEqual([]);
    await loop.run();
    expect(events).toEqual(['a runs', 'b runs']);
    await end('b');
    expect(events).toEqual(['a runs', 'b runs', 'c runs']);
  });

  it('drops what there is no room for', () => {
    addAll('a', 'b', 'c', 'd');
    expect([queue.isFull, events]).toEqual([true, ['d dropped']]);
  });

  it('counts the bytes of what runs, too, and drops what would be too many', async () => {
    add('a', { bytes: 6 });
    await loop.run();
    add('b', { bytes: 5 });
    add('c', { bytes: 4 });
    expect([queue.isFull, events]).toEqual([true, ['a runs', 'b dropped']]);
    await end('a');
    expect(queue.isFull).toBe(false);
  });

  it('drops what is unwelcome when its turn comes, and goes on', async () => {
    add('a', { isUnwelcome: true, bytes: 10 });
    await loop.run();
    add('b', { bytes: 10 });
    await loop.run();
    expect(events).toEqual(['a dropped', 'b runs']);
  });

  it('drops what waits when it is closed, and all that comes, and waits for what runs', async () => {
    addAll('a', 'b', 'c');
    await loop.run();
    let isClosed = false;
    const closed = queue.close().then(() => {
      isClosed = true;
    });
    add('d');
    await end('a');
    expect([events, isClosed]).toEqual([['a runs', 'b runs', 'c dropped', 'd dropped'], false]);
    await end('b');
    await closed;
    await queue.close();
    expect(loop.due).toBe(0);
  });
});
