import { version } from '@tensorfleet/core';
import type { Image } from '@tensorfleet/preprocess';
import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { htmlReport } from '../../../../scripts/src/gate/report/html-report.ts';
import { label, values } from '../labelled.ts';
import { REFUSED } from './sample-report.ts';

const picture = (): Image => ({ width: 2, height: 1, channels: 1, data: Uint8Array.of(0, 255) });
const none = (): undefined => undefined;

function firstPicture(page: string): ReturnType<typeof decode> {
  return decode(Buffer.from(/src="data:image\/png;base64,([^"]+)"/.exec(page)?.[1] ?? '', 'base64'));
}

describe('htmlReport', () => {
  const page = htmlReport(REFUSED, picture);

  it('says what was refused, and why', () => {
    expect(page).toContain('<title>mnist: the gate refused</title>');
    expect(page).toContain('<li>error rate 13 % is above 10 %</li>');
    expect(page).not.toContain('<li>latency is fine</li>');
  });

  it('names the version when it has one', () => {
    const passed = { ...REFUSED, version: version(3), verdict: { passed: true, checks: [] } };
    expect(htmlReport(passed, picture)).toContain('<h1>mnist: version 3</h1>');
    expect(htmlReport(passed, picture)).toContain('Passed the gate');
  });

  it('asks for nothing from elsewhere, and runs nothing', () => {
    expect(page).not.toMatch(/<script|<link|@import|url\(|https?:/);
    expect(page).toContain(`content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"`);
  });

  it('shows pictures as they were asked about, with what they are in words', () => {
    expect(page).toContain('alt="example 7, which is 3"');
    expect(page).toContain('<b>3</b> read as <b>5 (0.98)</b><br>serving: 3 (0.50)');
    expect(firstPicture(page)).toMatchObject({ width: 2, height: 1, channels: 1, data: Uint8Array.of(0, 255) });
  });

  it('makes large pictures small, and drops their alpha', () => {
    const data = new Uint8Array(640 * 320 * 4).fill(9);
    const large = htmlReport(REFUSED, () => ({ width: 640, height: 320, channels: 4, data }));
    expect(firstPicture(large)).toMatchObject({ width: 160, height: 80, channels: 3 });
  });

  it('shows values in a table', () => {
    const worst = [{ index: 3, truth: values(1, 2), said: values(1.5, 2.23456), baseline: undefined, error: 0.367 }];
    const text = htmlReport({ ...REFUSED, confusion: undefined, worst }, none);
    expect(text).toContain('<td>1 2</td><td>1.5 2.235</td><td>-</td><td class="number">0.367</td>');
    expect(text).not.toContain('<img');
  });

  it('lists the commonest mistakes of many labels', () => {
    const labels = Array.from({ length: 30 }, (_, i) => `class ${i}`);
    const counts = labels.map((_, i) => labels.map((_, j) => (i === 4 && j === 9 ? 6 : 0)));
    const text = htmlReport({ ...REFUSED, confusion: { candidate: { labels, counts }, baseline: undefined } }, picture);
    expect(text).toContain('<td>class 4</td><td>class 9</td><td class="number">6</td>');
    expect(text).toContain('the commonest mistakes among 30 labels');
  });

  it('escapes what comes from elsewhere: names, labels, errors', () => {
    const evil = '<img src=x onerror=alert(1)>';
    const text = htmlReport(
      {
        ...REFUSED,
        model: evil,
        data: { file: evil, examples: 1 },
        failures: { candidate: { UNKNOWN: { count: 1, example: evil } }, baseline: {} },
        confusion: { candidate: { labels: [evil], counts: [[1]] }, baseline: undefined },
        worst: [{ index: 0, truth: label(evil), said: label(`"${evil}`), baseline: label(evil), error: 1 }],
      },
      picture,
    );
    expect(text).not.toContain('<img src=x');
    expect(text).toContain('&lt;img src=x onerror=alert(1)&gt;');
  });

  it('says so when nothing was answered, or nothing is wrong', () => {
    const empty = { ...REFUSED, latencies: undefined, confusion: undefined, worst: [] };
    expect(htmlReport(empty, none)).toContain('every answer was right');
  });
});
