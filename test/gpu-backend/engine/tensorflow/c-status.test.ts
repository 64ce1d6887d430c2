import { describe, expect, it } from 'vitest';
import { cleanMessage } from '../../../../gpu-backend/src/engine/tensorflow/c-status.ts';

describe('cleanMessage', () => {
  it.each([
    ['Incompatible shapes: [1] vs. [3]\n\t [[{{node sum}}]]', 'Incompatible shapes: [1] vs. [3]'],
    [
      '{{function_node __inference_f_12}} {{node a/b}} indices[0] = 7 is not in [0, 3)',
      'indices[0] = 7 is not in [0, 3)',
    ],
    ['indices = 9 [[{{node f/Gather}}]] [Op:Gather]', 'indices = 9 [Op:Gather]'],
    [
      '2 root error(s) found.\n  (0) INVALID_ARGUMENT: first\n\t [[{{node a}}]]\n\t [[b/_3]]\n  (1) INTERNAL: second\n0 successful operations.',
      'first',
    ],
    ['\t [[{{node a}}]]', 'TensorFlow gave no reason'],
  ])('of %j is %j', (text, expected) => {
    expect(cleanMessage(text)).toBe(expected);
  });
});
