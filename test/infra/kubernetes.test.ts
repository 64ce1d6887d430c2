import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolveServerConfig } from '../../gpu-backend/src/config/resolve.ts';
import { ROOT } from '../support/program.ts';
import { type Manifest, readManifests, readYaml } from './manifests.ts';

const manifests = readManifests();
const ofKind = (kind: string): readonly Manifest[] => manifests.filter((manifest) => manifest.kind === kind);
const deployments = ofKind('Deployment');
const named = (kind: string, name: string): Manifest => ofKind(kind).find(({ metadata }) => metadata.name === name);
const containerOf = (deployment: Manifest): Manifest => deployment.spec.template.spec.containers[0];
const scaling = readYaml('infra/scaling.yml');
const flagsOf = (deployment: Manifest): ReadonlyMap<string, string> =>
  new Map(containerOf(deployment).args.map((arg: string) => arg.replace(/^--/, '').split(/=(.*)/s)));
const gpu = readYaml('infra/kubernetes/overlays/gpu/gpu.yaml');

describe('the manifests of Kubernetes', () => {
  it.each(['Service', 'PodDisruptionBudget', 'NetworkPolicy', 'PodMonitor'])('select pods with each %s', (kind) => {
    const labels = deployments.map(({ spec }) => JSON.stringify(spec.template.metadata.labels));
    const selectors = ofKind(kind).map(
      ({ spec }) => spec.podSelector?.matchLabels ?? spec.selector.matchLabels ?? spec.selector,
    );
    expect(selectors).toHaveLength(2);
    expect(selectors.map((selector) => JSON.stringify(selector)).toSorted()).toEqual(labels.toSorted());
  });

  it.each(deployments.map((deployment) => [deployment.metadata.name, deployment]))(
    'select the pods of %s',
    (_, { spec }) => {
      const { labels } = spec.template.metadata;
      expect(spec.selector.matchLabels).toEqual(labels);
      for (const { labelSelector } of spec.template.spec.topologySpreadConstraints) {
        expect(labelSelector.matchLabels).toEqual(labels);
      }
    },
  );

  it('name ports that the containers have', () => {
    const ports = new Map(deployments.map((deployment) => [deployment.metadata.name, containerOf(deployment).ports]));
    const wanted = [
      ...ofKind('Service').flatMap(({ metadata, spec }) =>
        spec.ports.map((port: Manifest) => [metadata.name, port.targetPort]),
      ),
      ...ofKind('PodMonitor').flatMap(({ metadata, spec }) =>
        spec.podMetricsEndpoints.map((end: Manifest) => [metadata.name, end.port]),
      ),
      ...ofKind('NetworkPolicy').flatMap(({ metadata, spec }) =>
        spec.ingress.flatMap((rule: Manifest) => rule.ports.map(({ port }: Manifest) => [metadata.name, port])),
      ),
    ];
    const missing = wanted.filter(
      ([name, port]) => !ports.get(name).some((declared: Manifest) => declared.name === port),
    );
    expect(missing).toEqual([]);
  });

  it.each([
    ['tensorfleet-fleet', { grpc: 8500, rest: 8501 }],
    ['tensorfleet-gateway', { http: 3000, internal: 3001 }],
  ])('give %s the ports of its image', (name, ports) => {
    const declared = containerOf(named('Deployment', name)).ports;
    expect(Object.fromEntries(declared.map((port: Manifest) => [port.name, port.containerPort]))).toEqual(ports);
  });

  it.each([
    ['tensorfleet-fleet', ['startupProbe', 'livenessProbe'], '/healthz', 'rest'],
    ['tensorfleet-fleet', ['readinessProbe'], '/readyz', 'rest'],
    ['tensorfleet-gateway', ['startupProbe', 'readinessProbe', 'livenessProbe'], '/livez', 'internal'],
  ])('ask %s at %s: docs/container.md has the path', (name, probes, path, port) => {
    const container = containerOf(named('Deployment', name));
    expect(probes.map((probe) => container[probe].httpGet)).toEqual(probes.map(() => ({ path, port })));
    expect(readFileSync(join(ROOT, 'docs/container.md'), 'utf8')).toContain(path);
  });

  it.each(deployments.map((deployment) => [deployment.metadata.name, deployment]))(
    'leave %s the time to stop: preStop, drain, and 5 s to unload',
    (_, deployment) => {
      const { lifecycle } = containerOf(deployment);
      const drain = Number(flagsOf(deployment).get('drain_timeout_seconds'));
      const { terminationGracePeriodSeconds: grace } = deployment.spec.template.spec;
      expect(lifecycle.preStop.sleep.seconds + drain + 5).toBeLessThanOrEqual(grace);
    },
  );

  it.each(deployments.map((deployment) => [deployment.metadata.name, deployment]))(
    'restrict the pods of %s',
    (_, { spec }) => {
      const pod = spec.template.spec;
      expect(pod).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
      });
      expect(pod.containers[0].securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(pod.containers[0].resources).toMatchObject({
        requests: { cpu: expect.anything() },
        limits: { memory: expect.anything() },
      });
    },
  );

  it('give the server flags that it takes, and a cache that holds both caches', () => {
    const deployment = named('Deployment', 'tensorfleet-fleet');
    const flags = Object.fromEntries(flagsOf(deployment));
    const config = resolveServerConfig({ ...flags, model_repository: 's3://models' });
    const megabytes = config.repository_cache_megabytes + config.conversion_cache_megabytes;
    const [cache] = deployment.spec.template.spec.volumes;
    expect(megabytes).toBeLessThan(Number.parseInt(cache.emptyDir.sizeLimit, 10) * 1024);
    expect(containerOf(deployment).volumeMounts).toEqual([{ name: cache.name, mountPath: '/var/lib/tensorfleet' }]);
  });

  it('run the images that docs/container.md names', () => {
    const contract = readFileSync(join(ROOT, 'docs/container.md'), 'utf8');
    const images = deployments.map((deployment) => containerOf(deployment).image);
    const overlay = readYaml('infra/kubernetes/overlays/gpu/kustomization.yaml').images[0];
    expect(overlay.name).toBe(
      named('Deployment', 'tensorfleet-fleet').spec.template.spec.containers[0].image.split(':')[0],
    );
    expect(
      [...images, `${overlay.name}:${overlay.newTag}`].filter((image) => !contract.includes(`\`${image}\``)),
    ).toEqual([]);
  });

  it('ask for a GPU on nodes that only GPU pods tolerate', () => {
    expect(gpu.spec.template.spec.tolerations[0].key).toBe('nvidia.com/gpu');
    expect(gpu.spec.template.spec.containers[0].resources.limits['nvidia.com/gpu']).toBe('1');
  });

  it('resolve the fleet without an address between', () => {
    expect(named('Service', 'tensorfleet-fleet').spec).toMatchObject({
      clusterIP: 'None',
      publishNotReadyAddresses: false,
    });
    const { literals } = readYaml('infra/kubernetes/gateway/kustomization.yaml').configMapGenerator[0];
    expect(literals).toContain('FLEET_TARGET=dns:///tensorfleet-fleet:8500');
  });
});

describe('the scaling rules of Kubernetes', () => {
  const hpa = named('HorizontalPodAutoscaler', 'tensorfleet-fleet').spec;
  const keda = named('ScaledObject', 'tensorfleet-fleet').spec;
  const adapter: readonly Manifest[] = readYaml('infra/kubernetes/components/hpa/prometheus-adapter-values.yaml').rules
    .custom;
  const targets = [scaling.signal.target_ms, scaling.signal.busy_target].map(String);
  const behavior = {
    scaleUp: { stabilizationWindowSeconds: scaling.kubernetes.scale_up_stabilization_s },
    scaleDown: { stabilizationWindowSeconds: scaling.kubernetes.scale_down_stabilization_s },
  };

  it('have the numbers of infra/scaling.yml', () => {
    expect(hpa).toMatchObject({ maxReplicas: scaling.tasks.max, behavior });
    expect(hpa.metrics.map(({ pods }: Manifest) => pods.target.averageValue)).toEqual(targets);
    expect(keda).toMatchObject({
      minReplicaCount: scaling.tasks.min,
      maxReplicaCount: scaling.tasks.max,
      cooldownPeriod: scaling.kubernetes.cooldown_s,
      pollingInterval: scaling.kubernetes.polling_interval_s,
      advanced: { horizontalPodAutoscalerConfig: { behavior } },
    });
    const tracking = keda.triggers.filter(({ metricType }: Manifest) => metricType === 'Value');
    expect(tracking.map(({ metadata }: Manifest) => metadata.threshold)).toEqual(targets);
    expect(tracking.map(({ metadata }: Manifest) => metadata.activationThreshold)).toEqual(targets);
  });

  it('ask for the metrics that the adapter makes', () => {
    expect(hpa.metrics.map(({ pods }: Manifest) => pods.metric.name)).toEqual(adapter.map(({ name }) => name.as));
  });

  it('ask only for metrics that docs/monitoring.md has', () => {
    const queries = [
      ...adapter.flatMap(({ seriesQuery, metricsQuery }) => [seriesQuery, metricsQuery]),
      ...keda.triggers.map((trigger: Manifest) => trigger.metadata.query),
    ];
    const names = new Set(queries.join(' ').match(/tensorfleet_[a-z_]+/g));
    const documented = readFileSync(join(ROOT, 'docs/monitoring.md'), 'utf8');
    expect([...names].filter((name) => !documented.includes(`\`${name.replace(/_(sum|count)$/, '')}\``))).toEqual([]);
  });
});
