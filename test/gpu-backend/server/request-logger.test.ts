import { version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { RequestLogger, type RequestLogSettings } from '../../../gpu-backend/src/server/request-logger.ts';
import { decodePredictionLog, type PredictionLog } from '../../../layers/codecs/src/index.ts';
import { silentLog } from '../../support/silent-log.ts';

interface Settings {
  readonly models?: Readonly<Record<string, RequestLogSettings>>;
  readonly defaults?: RequestLogSettings;
  readonly random?: () => number;
}

function bench({ models = {}, defaults, random = () => 0.5 }: Settings = {}) {
  const written: { readonly prefix: string; readonly model: string; readonly log: PredictionLog }[] = [];
  const log = silentLog();
  let encoded = 0;
  const logger = new RequestLogger({
    sink: {
      write: (prefix, model, encode) => void written.push({ prefix, model, log: decodePredictionLog(encode()) }),
    },
    defaults,
    savedModelTags: ['serve'],
    random,
    wallClock: () => 1_700_000_000_999,
    log,
  });
  logger.configure(new Map(Object.entries(models)));
  const answer = (name: string): void =>
    logger.answered({ name, version: version(3) }, () => {
      encoded++;
      return { type: 'predict', signatureName: 's', request: Uint8Array.of(8, 1), response: Uint8Array.of(8, 2) };
    });
  return { logger, log, answer, places: () => written.map(({ prefix }) => prefix), written, encoded: () => encoded };
}

const ALL = { prefix: '/logs/all', rate: 1 };

describe('RequestLogger', () => {
  it('logs nothing without settings', () => {
    const { answer, written } = bench();

    answer('model');

    expect(written).toEqual([]);
  });

  it('logs nothing of a model that no settings name', () => {
    const { answer, written } = bench({ models: { model0: ALL } });

    answer('absent_model');

    expect(written).toEqual([]);
  });

  it('logs each model to its own place', () => {
    const { answer, places } = bench({
      models: { model0: { prefix: '/a', rate: 1 }, model1: { prefix: '/b', rate: 1 } },
    });

    answer('model0');
    expect(places()).toEqual(['/a']);
    answer('model1');
    expect(places()).toEqual(['/a', '/b']);
  });

  it('logs two models to one place', () => {
    const { answer, written } = bench({ models: { model0: ALL, model1: ALL } });

    answer('model0');
    answer('model1');

    expect(written.map(({ prefix, model }) => [prefix, model])).toEqual([
      ['/logs/all', 'model0'],
      ['/logs/all', 'model1'],
    ]);
  });

  it('follows its settings when they change', () => {
    const { logger, answer, places } = bench({ models: { model: ALL } });
    answer('model');
    logger.configure(new Map([['model', { prefix: '/b', rate: 0.6 }]]));
    answer('model');
    logger.configure(new Map([['model', { prefix: '/c', rate: 0.5 }]]));
    answer('model');
    logger.configure(new Map());
    answer('model');

    expect(places()).toEqual(['/logs/all', '/b']);
  });

  it('takes the defaults for models that have no settings of their own', () => {
    const { answer, places } = bench({ defaults: ALL, models: { quiet: { prefix: '/q', rate: 0 } } });

    answer('model');
    answer('quiet');

    expect(places()).toEqual(['/logs/all']);
  });

  it.each([
    [0, 0],
    [0.25, 25],
    [1, 100],
  ])('logs the share %d of the requests, and builds no other log', (rate, expected) => {
    let step = 0;
    const random = (): number => (step++ % 100) / 100;
    const { answer, encoded } = bench({ defaults: { prefix: '/a', rate }, random });

    for (let request = 0; request < 100; request++) {
      answer('model');
    }

    expect(encoded()).toBe(expected);
  });

  it('says in every log which version answered, when, and how many are sampled', () => {
    const { answer, written } = bench({ defaults: { prefix: '/a', rate: 0.75 } });

    answer('model');

    expect(written[0]?.log).toEqual({
      metadata: {
        modelSpec: { name: 'model', version: 3, signatureName: 's' },
        samplingRate: 0.75,
        savedModelTags: ['serve'],
        timestampSecs: 1_700_000_000,
      },
      type: 'predict',
      request: Uint8Array.of(8, 1),
      response: Uint8Array.of(8, 2),
    });
  });

  it('keeps an error to itself, and tells it', () => {
    const { logger, log } = bench({ defaults: ALL });

    logger.answered({ name: 'model', version: version(3) }, () => {
      throw new Error('it cannot be encoded');
    });

    expect(log.lines).toMatchObject([{ level: 'error', text: 'a request was not logged: it cannot be encoded' }]);
  });
});
