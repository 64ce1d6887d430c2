import { describe, expect, it } from 'vitest';
import { neededPackages, type PackageLock } from '../../../scripts/src/image/needed-packages.ts';

const LOCK: PackageLock = {
  packages: {
    '': {},
    scripts: { dependencies: { '@tensorfleet/gpu-backend': '1', '@types/node': '1', yaml: '1' } },
    'gpu-backend': { dependencies: { onnx: '1', zod: '1' }, peerDependencies: { tfjs: '1', 'tfjs-node': '1' } },
    'node_modules/@tensorfleet/gpu-backend': { link: true, resolved: 'gpu-backend' },
    'gpu-backend/node_modules/zod': { dependencies: { tiny: '1' } },
    'node_modules/zod': {},
    'node_modules/tiny': { optionalDependencies: { 'tiny-linux': '1' } },
    'node_modules/tiny-linux': {},
    'node_modules/onnx': { dependencies: { tiny: '1' } },
    'node_modules/tfjs': {},
    'node_modules/yaml': { dependencies: { yaml: '1' } },
    'node_modules/@types/node': {},
    'node_modules/vitest': {},
  },
};

describe('neededPackages', () => {
  it('are what a workspace imports, from the nearest node_modules, with the optional peers that are installed', () => {
    expect([...neededPackages(LOCK, 'scripts')].toSorted()).toEqual([
      'gpu-backend',
      'gpu-backend/node_modules/zod',
      'node_modules/@tensorfleet/gpu-backend',
      'node_modules/onnx',
      'node_modules/tfjs',
      'node_modules/tiny',
      'node_modules/tiny-linux',
      'node_modules/yaml',
      'scripts',
    ]);
  });

  it('are fewer without a package that brings many', () => {
    expect([...neededPackages(LOCK, 'scripts', ['@tensorfleet/gpu-backend'])]).toEqual([
      'scripts',
      'node_modules/yaml',
    ]);
  });
});
