import { Code, cancelled } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { diskError } from '../../../layers/core/src/disk-error.ts';

function systemError(code: string, path?: string): Error {
  return Object.assign(new Error(`${code}: from the system`), { code }, path === undefined ? {} : { path });
}

describe('diskError', () => {
  it.each([
    ['ENOENT', Code.NotFound, '"/models" does not exist'],
    ['EACCES', Code.PermissionDenied, 'this process may not use "/models"'],
    ['EPERM', Code.PermissionDenied, 'this process may not use "/models"'],
    ['ENOSPC', Code.ResourceExhausted, 'the disk that holds "/models" is full'],
    ['EROFS', Code.FailedPrecondition, 'the disk that holds "/models" is read-only'],
    ['EMFILE', Code.ResourceExhausted, '"/models" cannot be opened: too many files are open'],
    ['EXDEV', Code.Internal, '"/models" cannot be used (EXDEV)'],
  ])('says what %s means for the path', (name, code, message) => {
    const reason = systemError(name);
    expect(diskError(reason, '/models')).toMatchObject({ code, message, cause: reason });
  });

  it('prefers the path that the error names', () => {
    expect(diskError(systemError('ENOENT', '/models/m/1'), '/models').message).toBe('"/models/m/1" does not exist');
  });

  it('leaves StatusErrors as they are', () => {
    const reason = cancelled('enough');
    expect(diskError(reason, '/models')).toBe(reason);
  });

  it('takes an abort for CANCELLED', () => {
    const controller = new AbortController();
    controller.abort();
    expect(diskError(controller.signal.reason, '/models').code).toBe(Code.Cancelled);
  });

  it('takes everything else for INTERNAL', () => {
    expect(diskError('nonsense', '/models').code).toBe(Code.Internal);
  });
});
