import { Code, version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { CountedServable } from '../../../gpu-backend/src/lifecycle/servable-handle.ts';
import { ServingMap } from '../../../gpu-backend/src/lifecycle/serving-map.ts';

function id(name: string, number: number) {
  return { name, version: version(number) };
}

function counted(name: string, number: number): CountedServable<string> {
  return new CountedServable(id(name, number), `${name}:${number}`);
}

function serving(...ids: readonly ReturnType<typeof id>[]): ServingMap<string> {
  return holding(...ids.map(({ name, version }) => counted(name, version)));
}

function holding(...servables: readonly CountedServable<string>[]): ServingMap<string> {
  const map = new ServingMap<string>();
  for (const one of servables) {
    map.add(one);
  }
  return map;
}

describe('ServingMap', () => {
  it.each([
    ['the highest version number, not the one added last', { name: 'm' }, 'm:10'],
    ['a specific version', { name: 'm', version: version(9) }, 'm:9'],
    ['version 0 when it is the latest', { name: 'zero' }, 'zero:0'],
    ['version 0 when it is asked for', { name: 'zero', version: version(0) }, 'zero:0'],
    ['names that are special to objects', { name: '__proto__' }, '__proto__:1'],
  ])('acquires %s', (_, request, expected) => {
    const map = serving(id('m', 9), id('m', 10), id('m', 2), id('zero', 0), id('__proto__', 1));
    expect(map.acquire(request).servable).toBe(expected);
  });

  it.each([
    ['an unknown name', { name: 'x' }, 'Servable not found for request: Latest(x)'],
    [
      'an unknown name and version',
      { name: 'x', version: version(7) },
      'Servable not found for request: Specific(x, 7)',
    ],
    ['an unknown version', { name: 'm', version: version(7) }, 'Servable not found for request: Specific(m, 7)'],
    ['a name that objects inherit', { name: 'constructor' }, 'Servable not found for request: Latest(constructor)'],
  ])('says NOT_FOUND in the words of TensorFlow Serving for %s', (_, request, message) => {
    expect(() => serving(id('m', 1)).acquire(request)).toThrow(
      expect.objectContaining({ code: Code.NotFound, message }),
    );
  });

  it('falls back to the next lower version when the latest is removed', () => {
    const latest = counted('m', 3);
    const map = holding(counted('m', 1), latest, counted('m', 2));
    map.remove(latest);
    expect(map.acquire({ name: 'm' }).servable).toBe('m:2');
  });

  it('keeps the latest when a lower version is removed', () => {
    const first = counted('m', 1);
    const map = holding(first, counted('m', 3));
    map.remove(first);
    expect(map.acquire({ name: 'm' }).servable).toBe('m:3');
  });

  it('lists nothing of a name after its last version is removed', () => {
    const only = counted('m', 1);
    const map = holding(only, counted('n', 1));
    map.remove(only);
    map.remove(only);
    expect(map.list()).toEqual([id('n', 1)]);
  });

  it('serves the servable that was added last for a version, also when the one before it is removed', () => {
    const [first, second] = [counted('m', 1), new CountedServable(id('m', 1), 'another place')];
    const map = holding(first, second);
    map.remove(first);
    expect(map.acquire({ name: 'm' }).servable).toBe('another place');
    expect(map.list()).toEqual([id('m', 1)]);
  });

  it('lists the versions of a name from low to high', () => {
    expect(serving(id('m', 10), id('n', 1), id('m', 9)).list()).toEqual([id('m', 9), id('m', 10), id('n', 1)]);
  });
});
