import { resolve } from 'node:path';
import { tensor } from '@tensorfleet/core';
import { expect, it } from 'vitest';
import { convertSavedModel } from '../../../../gpu-backend/src/engine/conversion/convert-saved-model.ts';
import { programEngine } from '../../../../gpu-backend/src/engine/program-engine.ts';
import { temporaryDirectory } from '../savedmodel/temporary-directory.ts';

const DTYPES = resolve(import.meta.dirname, '../../../golden/savedmodel/dtypes');
const CPU = { kind: 'cpu', index: 0, threads: 1 } as const;

it('fills a table from an asset file, whose path goes through a variable', async () => {
  using output = temporaryDirectory();
  convertSavedModel({ directory: DTYPES, tags: ['serve'] }, output.path);
  await using session = await programEngine.load({ format: 'program', path: output.path }, CPU);
  const words = ['two', 'zero', 'three'].map((word) => new TextEncoder().encode(word));
  const outputs = await session.run('look_up', new Map([['word', tensor('STRING', [3], words)]]));
  expect(outputs.get('id')).toEqual(tensor('INT64', [3], BigInt64Array.of(2n, 0n, -1n)));
});
