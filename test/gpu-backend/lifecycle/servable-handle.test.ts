import { Code, version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { CountedServable } from '../../../gpu-backend/src/lifecycle/servable-handle.ts';

function counted() {
  const idles: number[] = [];
  const servable = new CountedServable({ name: 'm', version: version(7) }, 'servable');
  return { servable, idles, retire: () => servable.retire(() => idles.push(servable.handles)) };
}

describe('CountedServable', () => {
  it('gives handles on the servable and its id', () => {
    using handle = counted().servable.acquire();
    expect([handle.id, handle.servable]).toEqual([{ name: 'm', version: 7 }, 'servable']);
  });

  it('counts a handle that is disposed twice once', () => {
    const { servable } = counted();
    const twice = servable.acquire();
    using _other = servable.acquire();
    twice[Symbol.dispose]();
    twice[Symbol.dispose]();
    expect(servable.handles).toBe(1);
  });

  it('is idle at once when it is retired without a handle', () => {
    const { retire, idles } = counted();
    retire();
    expect(idles).toEqual([0]);
  });

  it('is idle when the last of its handles is disposed, once', () => {
    const { servable, retire, idles } = counted();
    const first = servable.acquire();
    const second = servable.acquire();
    retire();
    second[Symbol.dispose]();
    expect(idles).toEqual([]);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    expect(idles).toEqual([0]);
  });

  it('never becomes idle by handles alone', () => {
    const { servable, idles } = counted();
    servable.acquire()[Symbol.dispose]();
    expect(idles).toEqual([]);
  });

  it('refuses a handle and a second retire with FAILED_PRECONDITION once retired', () => {
    const { servable, retire } = counted();
    retire();
    const refusal = { code: Code.FailedPrecondition, message: expect.stringContaining('{name: m version: 7}') };
    expect(() => servable.acquire()).toThrow(expect.objectContaining(refusal));
    expect(retire).toThrow(expect.objectContaining(refusal));
  });
});
