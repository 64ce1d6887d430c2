import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createFleetClient } from '@tensorfleet/client';
import { INDEX_NAME } from '@tensorfleet/repository';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { type MetricsPage, parseMetricsPage } from '../support/metrics-page.ts';
import { TemporaryRepository } from '../support/model-repository.ts';
import { readPromql } from '../support/promql.ts';
import { fp32, named } from '../support/tensors.ts';
import { type RunningServer, useServer } from '../support/use-server.ts';

const FOLDER = resolve(import.meta.dirname, '../../infra/monitoring');
/** Prometheus gives every series these; `up` is a metric of its own. */
const TARGET_LABELS = ['job', 'instance'];

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly datasource?: unknown;
  readonly targets?: readonly { readonly refId: string; readonly expr: string; readonly legendFormat: string }[];
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

const dashboard = JSON.parse(readFileSync(join(FOLDER, 'grafana-dashboard.json'), 'utf8'));
const panels: readonly Panel[] = dashboard.panels;
const queries = panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr, legendFormat }) => ({ title, expr, legendFormat })),
);
const rules: readonly Rule[] = parseYaml(readFileSync(join(FOLDER, 'prometheus-alerts.yaml'), 'utf8')).groups.flatMap(
  (group: { readonly rules: readonly Rule[] }) => group.rules,
);

describe('what is watched', () => {
  let repository: TemporaryRepository;
  let running: RunningServer;
  let page: MetricsPage;

  beforeAll(async () => {
    repository = await TemporaryRepository.create();
    await repository.addFixture('half_plus_two');
    running = await useServer(repository.root);
    await makeTraffic(running);
    await addWaitingLabel(repository, running);
    page = parseMetricsPage(await (await fetch(`${running.rest}/metrics`)).text());
  });

  afterAll(async () => {
    await running?.[Symbol.asyncDispose]();
    await repository?.[Symbol.asyncDispose]();
  });

  /** The labels that a metric has on the page. */
  const labelsOf = (metric: string): ReadonlySet<string> =>
    new Set(page.samples.filter(({ name }) => name === metric).flatMap(({ labels }) => Object.keys(labels)));

  /** What an expression asks for that the page does not have. */
  const missingIn = (expr: string): string[] => {
    const { selectors, groupings } = readPromql(expr);
    const own = selectors.filter(({ metric }) => metric !== 'up');
    const known = new Set([...TARGET_LABELS, ...own.flatMap(({ metric }) => [...labelsOf(metric)])]);
    return [
      ...own.filter(({ metric }) => !page.samples.some(({ name }) => name === metric)).map(({ metric }) => metric),
      ...own.flatMap(({ metric, labels }) =>
        labels
          .filter((label) => !TARGET_LABELS.includes(label) && !labelsOf(metric).has(label))
          .map((label) => `${metric}{${label}}`),
      ),
      ...groupings.filter((label) => !known.has(label)),
    ];
  };

  it.each(queries)(
    'dashboard, $title: asks for metrics and labels that the server has: $expr',
    ({ expr, legendFormat }) => {
      expect(missingIn(expr)).toEqual([]);
      const { selectors } = readPromql(expr);
      const known = new Set([...TARGET_LABELS, ...selectors.flatMap(({ metric }) => [...labelsOf(metric)])]);
      const shown = Array.from(legendFormat.matchAll(/\{\{(\w+)\}\}/g), ([, label = '']) => label);
      expect(shown.filter((label) => !known.has(label))).toEqual([]);
    },
  );

  it.each(rules)('alert $alert asks for metrics and labels that the server has', ({ expr, annotations }) => {
    expect(missingIn(expr)).toEqual([]);
    const { selectors } = readPromql(expr);
    const known = new Set([...TARGET_LABELS, ...selectors.flatMap(({ metric }) => [...labelsOf(metric)])]);
    const text = `${annotations.summary} ${annotations.description}`;
    const shown = Array.from(text.matchAll(/\$labels\.(\w+)/g), ([, label = '']) => label);
    expect(shown.filter((label) => !known.has(label))).toEqual([]);
  });
});

describe('the dashboard', () => {
  const boxes = panels.map(({ gridPos }) => gridPos);

  it('is one that Grafana 10 and later read', () => {
    expect(dashboard).toMatchObject({ schemaVersion: expect.any(Number), title: 'Tensorfleet', uid: 'tensorfleet' });
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(38);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });

  it('explains every panel, with a unit and the data source of the variable', () => {
    const charts = panels.filter(({ type }) => type !== 'row');
    for (const { title, description, fieldConfig, datasource, targets = [] } of charts) {
      expect({ title, described: (description ?? '').length > 10, unit: fieldConfig?.defaults.unit }).toEqual({
        title,
        described: true,
        unit: expect.stringMatching(/^\w+$/),
      });
      expect(datasource).toEqual({ type: 'prometheus', uid: expect.stringMatching(/^\$\{datasource}$/) });
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
      expect(targets.length).toBeGreaterThan(0);
    }
  });

  it('has panels that lie in 24 columns and not on each other', () => {
    expect(boxes.filter(({ x, w }) => x < 0 || x + w > 24)).toEqual([]);
    const overlapping = boxes.filter((one, index) =>
      boxes.some(
        (other, at) =>
          at > index &&
          one.x < other.x + other.w &&
          other.x < one.x + one.w &&
          one.y < other.y + other.h &&
          other.y < one.y + one.h,
      ),
    );
    expect(overlapping).toEqual([]);
  });

  it('uses variables that it defines', () => {
    const defined = dashboard.templating.list.map(({ name }: { readonly name: string }) => name);
    const used = Array.from(JSON.stringify(dashboard).matchAll(/\$\{?(?!__)(\w+)/g), ([, name]) => name);
    expect(used.filter((name) => !defined.includes(name))).toEqual([]);
  });
});

describe('the alerts', () => {
  it('have names of their own, a severity and sentences', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, labels, annotations, for: duration = '0m' } of rules) {
      expect(alert).toMatch(/^Tensorfleet[A-Z]\w+$/);
      expect(['critical', 'warning']).toContain(labels.severity);
      expect(duration).toMatch(/^\d+[mh]$/);
      expect(annotations).toEqual({ summary: expect.stringMatching(/\w/), description: expect.stringMatching(/\.$/) });
    }
  });
});

/** A label that is to stand for a version which nobody has. */
async function addWaitingLabel({ root }: TemporaryRepository, { server }: RunningServer): Promise<void> {
  const published = { manifest: 'a'.repeat(64), bytes: 1, published: '2026-01-01T00:00:00Z' };
  const model = { versions: { 1: published, 2: published }, labels: { stable: 1, canary: { 1: 95, 2: 5 } } };
  await writeFile(join(root, INDEX_NAME), JSON.stringify({ format: 1, models: { half_plus_two: model } }));
  await server.parts.models.source.scanNow();
}

/** Both protocols, what succeeds and what fails. */
async function makeTraffic({ grpc, rest }: RunningServer): Promise<void> {
  const url = `${rest}/v1/models/half_plus_two:predict`;
  for (const body of ['{"instances": [1, 2]}', '{"instances": "no"}']) {
    await (await fetch(url, { method: 'POST', body })).text();
  }
  await (await fetch(url.replace('two', 'three'), { method: 'POST', body: '{"instances": [1]}' })).text();
  await (await fetch(`${rest}/v1/models`)).text();
  const fleet = createFleetClient({ target: grpc });
  await fleet.predict({ name: 'half_plus_two' }, named({ x: fp32([1], 1) }));
  await fleet.close();
}
