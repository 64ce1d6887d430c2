import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import { renderStatus } from '../../../scripts/src/commands/status.ts';

const PLAIN = picocolors.createColors(false);

describe('renderStatus', () => {
  it('shows one line per version, and models without any', () => {
    const entries = [
      { model: 'mnist', version: '2', state: 'END', error: 'no such operator' },
      { model: 'mnist', version: '1', state: 'AVAILABLE', error: '' },
      { model: 'new', version: '', state: '', error: '' },
    ];
    expect(renderStatus(entries, PLAIN).split('\n')).toEqual([
      'model  version  state       error',
      'mnist        2  END         no such operator',
      'mnist        1  AVAILABLE',
      'new          -  no version',
    ]);
  });

  it('shows labels where a version has some', () => {
    const entries = [
      { model: 'mnist', version: '3', state: 'END', error: 'no such operator', labels: ['canary 5% pending'] },
      { model: 'mnist', version: '2', state: 'AVAILABLE', error: '', labels: ['stable', 'canary'] },
      { model: 'mnist', version: '1', state: 'AVAILABLE', error: '' },
    ];
    expect(renderStatus(entries, PLAIN).split('\n')).toEqual([
      'model  version  state      labels             error',
      'mnist        3  END        canary 5% pending  no such operator',
      'mnist        2  AVAILABLE  stable, canary',
      'mnist        1  AVAILABLE',
    ]);
  });

  it('says what to do when there are no models', () => {
    expect(renderStatus([], PLAIN)).toContain('tensorfleet publish');
  });
});
