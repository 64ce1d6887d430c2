import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { checkRequestedLogs } from '../../../gpu-backend/src/server/request-log-settings.ts';
import { listOf, modelConfig } from './model-configs-of.ts';

const logged = (filenamePrefix: string, samplingRate = 1) =>
  listOf(modelConfig('m', { logging: { collector: { type: '', filenamePrefix }, samplingRate } }));
const IN_FORCE = new Map([['m', { prefix: '/elsewhere/m', rate: 0.5 }]]);

describe('checkRequestedLogs', () => {
  it.each([
    ['nothing', listOf(modelConfig('m')), ''],
    ['what is in force', logged('/elsewhere/m'), ''],
    ['nothing really', logged('/etc/x', 0), ''],
    ["files beside the server's own", logged('/logs/mine'), '/logs/all'],
  ])('lets a reload request log to %s', (_, config, own) => {
    expect(() => checkRequestedLogs(config, IN_FORCE, own)).not.toThrow();
  });

  it.each([
    ['any file where the server has no log', '/logs/m', '', 'may name none'],
    ['another folder', '/etc/m', '/logs/all', 'may name files in "/logs" only'],
    ['another folder by dots', '/logs/../etc/m', '/logs/all', 'may name files in "/logs" only'],
    ['a folder below', '/logs/below/m', '/logs/all', 'may name files in "/logs" only'],
  ])('refuses a reload request that logs to %s', (_, prefix, own, message) => {
    expect(() => checkRequestedLogs(logged(prefix), IN_FORCE, own)).toThrow(
      expect.objectContaining({ code: Code.PermissionDenied, message: expect.stringContaining(message) }),
    );
  });
});
