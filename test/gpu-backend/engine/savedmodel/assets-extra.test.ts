import { describe, expect, it } from 'vitest';
import { assetExtraFiles } from '../../../../gpu-backend/src/engine/savedmodel/assets-extra.ts';
import { modelDirectory } from './golden-models.ts';

describe('assetExtraFiles', () => {
  it('lists the files below assets.extra in order', () => {
    expect(assetExtraFiles(modelDirectory('dtypes'))).toEqual(['more/note.txt', 'tf_serving_warmup_requests']);
  });

  it('lists none where there is no such directory', () => {
    expect(assetExtraFiles(modelDirectory('v1'))).toEqual([]);
  });
});
