import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { clearShadow, setShadow } from '../../../../layers/repository/src/publish/shadow-edits.ts';
import { indexOf, modelOf, v } from './index-builder.ts';

const edit = { model: 'm', version: v(2), percent: 10, at: 5 };

describe('setShadow', () => {
  it('names the version and its share, once', () => {
    const index = setShadow(indexOf(1, 2), edit);
    expect(modelOf(index).shadow).toEqual({ version: 2, percent: 10 });
    expect(modelOf(index).history.at(-1)).toMatchObject({ event: 'shadowed', version: 2, detail: 'shadow -> 2, 10 %' });
    expect(setShadow(index, { ...edit, at: 9 })).toBe(index);
    expect(modelOf(setShadow(index, { ...edit, percent: 20 })).shadow).toEqual({ version: 2, percent: 20 });
  });

  it.each([
    ['a share of 0', { ...edit, percent: 0 }, Code.InvalidArgument],
    ['a share above 100', { ...edit, percent: 101 }, Code.InvalidArgument],
    ['a version that is not there', { ...edit, version: v(9) }, Code.NotFound],
  ])('refuses %s', (_, wrong, code) => {
    expect(() => setShadow(indexOf(1, 2), wrong)).toThrow(expect.objectContaining({ code }));
  });
});

describe('clearShadow', () => {
  it('ends the shadow, once', () => {
    const index = clearShadow(setShadow(indexOf(1, 2), edit), edit);
    expect(modelOf(index)).not.toHaveProperty('shadow');
    expect(clearShadow(index, edit)).toBe(index);
  });
});
