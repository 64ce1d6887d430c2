import { describe, expect, it } from 'vitest';
import { placeOf } from '../../../functions/src/publisher/compose.ts';
import { resolvePublisherConfig } from '../../../functions/src/publisher/config.ts';

const GOOD = { MODEL_REPOSITORY: 's3://models', PUBLISHER_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/1/q' };

describe('resolvePublisherConfig', () => {
  it('has the times of `tensorfleet reindex` by default', () => {
    expect(resolvePublisherConfig(GOOD)).toMatchObject({
      repository: 's3://models',
      policy: { settleMs: 10_000, giveUpMs: 3_600_000 },
      logLevel: 'info',
    });
  });

  it('names all problems at once', () => {
    const environment = { MODEL_REPOSITORY: '/srv', PUBLISHER_SETTLE_SECONDS: '901', LOG_LEVEL: 'loud' };
    expect(() => resolvePublisherConfig(environment)).toThrow(
      /MODEL_REPOSITORY is "\/srv".*PUBLISHER_QUEUE_URL is "".*PUBLISHER_SETTLE_SECONDS is "901".*LOG_LEVEL is "loud"/s,
    );
  });
});

describe('placeOf', () => {
  it.each([
    ['s3://models', { bucket: 'models', prefix: '' }],
    ['s3://models/', { bucket: 'models', prefix: '' }],
    ['s3://models/a/b/', { bucket: 'models', prefix: 'a/b/' }],
  ])('reads %s', (repository, place) => {
    expect(placeOf(repository)).toEqual(place);
  });
});
