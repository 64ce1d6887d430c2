import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolveServerConfig } from '../../gpu-backend/src/config/resolve.ts';
import { ROOT } from '../support/program.ts';
import { type Manifest, readYaml } from './manifests.ts';

const { services, volumes } = readYaml('docker-compose.yml');
const prometheus = readYaml('infra/monitoring/prometheus.yml');

describe('docker-compose.yml', () => {
  it('mounts files that are there, and volumes that it declares', () => {
    const sources: string[] = Object.values<Manifest>(services).flatMap((service) =>
      (service.volumes ?? []).map((volume: string) => volume.split(':')[0]),
    );
    const missing = sources.filter((source) =>
      source.startsWith('.') ? !existsSync(join(ROOT, source)) : !Object.hasOwn(volumes, source),
    );
    expect(missing).toEqual([]);
  });

  it('publishes ports on this machine only', () => {
    const ports: string[] = Object.values<Manifest>(services).flatMap((service) => service.ports ?? []);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('gives the server flags that it takes, and time to drain', () => {
    const flags = services.server.command.map((flag: string) => flag.replace(/^--/, '').split('='));
    const { drain_timeout_seconds: drain } = resolveServerConfig(Object.fromEntries(flags));
    expect(Number.parseInt(services.server.stop_grace_period, 10)).toBeGreaterThanOrEqual(drain + 5);
  });

  it('has Prometheus look at services that there are, on the ports of their images', () => {
    const targets = prometheus.scrape_configs.flatMap(({ static_configs }: Manifest) => static_configs[0].targets);
    expect(targets).toEqual(['server:8501', 'gateway:3001']);
    expect(targets.map((target: string) => services[target.split(':')[0] ?? ''].image)).toEqual([
      'tensorfleet-server:cpu',
      'tensorfleet-gateway:latest',
    ]);
  });

  it('waits for what a service needs', () => {
    for (const [name, { depends_on: needs = {} }] of Object.entries<Manifest>(services)) {
      const names: readonly string[] = Array.isArray(needs) ? needs : Object.keys(needs);
      expect(
        names.filter((need) => !Object.hasOwn(services, need)),
        name,
      ).toEqual([]);
    }
  });
});
