import { version } from '@tensorfleet/core';
import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import { nextSteps, renderScreen } from '../../../scripts/src/start/screen.ts';

const PORTS = { port: 8500, restApiPort: 8501, gatewayPort: 3000 };
const REPOSITORY = '.tensorfleet/models';

describe('nextSteps', () => {
  it('leads from a misread picture to the version that reads it', () => {
    expect(nextSteps(version(1), PORTS, REPOSITORY).map(({ command }) => command)).toEqual([
      'npx tensorfleet predict examples/mnist/pictures/8-281.png',
      'npx tensorfleet predict examples/mnist/pictures/8-281.png --watch',
      'npx tensorfleet publish examples/mnist/saved_model/2 .tensorfleet/models/mnist',
    ]);
  });

  it('goes on from where an earlier run ended', () => {
    const last = (number: number) => nextSteps(version(number), PORTS, REPOSITORY).at(-1)?.command;
    expect(last(2)).toContain('publish examples/mnist/saved_model/3 ');
    expect(last(3)).toBe('npx tensorfleet unpublish .tensorfleet/models/mnist --version 3');
  });

  it('names the gateway when it is not where commands look for it', () => {
    const [step] = nextSteps(version(1), { ...PORTS, gatewayPort: 4000 }, REPOSITORY);
    expect(step?.command).toMatch(/ --to http:\/\/127\.0\.0\.1:4000$/);
  });
});

describe('renderScreen', () => {
  const plain = picocolors.createColors(false);
  const facts = { ports: PORTS, repository: REPOSITORY, served: version(1), uptimeMs: 840 };

  it('says what runs where and how well the model does', () => {
    const text = renderScreen({ ...facts, testError: 0.13 }, plain);
    for (const part of ['http://127.0.0.1:3000', '127.0.0.1:8500', 'http://127.0.0.1:8501', '(started in 0.8 s)']) {
      expect(text).toContain(part);
    }
    expect(text).toContain('mnist version 1, test error 13.0 %');
    expect(text).toContain(
      "curl --data-binary @examples/mnist/pictures/8-281.png -H 'content-type: image/png' http://127.0.0.1:3000/v1/models/mnist:predict",
    );
  });

  it('does without a measured error', () => {
    expect(renderScreen({ ...facts, testError: undefined }, plain)).toMatch(/mnist version 1\n/);
  });
});
