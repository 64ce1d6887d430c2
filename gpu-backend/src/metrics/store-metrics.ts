import type { StoreObserver, StoreRequest } from '@tensorfleet/repository';
import type { DownloadFacts, RepositoryObserver } from '../repository/object/repository-observer.ts';
import { LOAD_SECONDS } from './buckets.ts';
import type { MetricRegistry } from './metric-registry.ts';

/** What is told of one object store and the repository in it. */
export interface ObservedStore extends RepositoryObserver {
  readonly requested: StoreObserver;
}

/** Object stores, by the URL of the root. */
export function storeMetrics(registry: MetricRegistry): (url: string) => ObservedStore {
  const requested = requestMetrics(registry);
  const faults = registry.counter(
    'tensorfleet_store_faults_total',
    'What an object store did wrong, by name: slow_down, cut_off, stale_index, wrong_digest and others',
    ['store', 'fault'],
  );
  const looks = registry.counter(
    'tensorfleet_repository_looks_total',
    'Looks for news in an object store, by outcome: changed, unchanged, missing, listed or failed',
    ['store', 'outcome'],
  );
  const downloaded = downloadMetrics(registry);
  return (store) => {
    const faulted = (fault: string): void => faults.series({ store, fault }).add();
    return {
      requested(request) {
        requested(store, request);
        if (request.fault !== undefined) {
          faulted(request.fault);
        }
      },
      looked: (outcome) => looks.series({ store, outcome }).add(),
      downloaded: (facts) => downloaded(store, facts),
      faulted,
    };
  };
}

function requestMetrics(registry: MetricRegistry): (store: string, request: StoreRequest) => void {
  const labels = ['store', 'operation'] as const;
  const requests = registry.counter(
    'tensorfleet_store_requests_total',
    'Requests to an object store, retries included',
    labels,
  );
  const received = registry.counter(
    'tensorfleet_store_received_bytes_total',
    'Bytes that came from an object store',
    labels,
  );
  const sent = registry.counter('tensorfleet_store_sent_bytes_total', 'Bytes that went to an object store', labels);
  return (store, { operation, bytesReceived, bytesSent }) => {
    requests.series({ store, operation }).add();
    received.series({ store, operation }).add(bytesReceived);
    sent.series({ store, operation }).add(bytesSent);
  };
}

function downloadMetrics(registry: MetricRegistry): (store: string, facts: DownloadFacts) => void {
  const downloads = registry.counter(
    'tensorfleet_repository_downloads_total',
    'Versions that were brought to the disk, by outcome: ok or error',
    ['store', 'outcome'],
  );
  const bytes = registry.counter(
    'tensorfleet_repository_downloaded_bytes_total',
    'Bytes of versions that came from an object store, without those that were on the disk already',
    ['store'],
  );
  const duration = registry.histogram(
    'tensorfleet_repository_download_duration_seconds',
    'Time to bring a version to the disk',
    ['store'],
    LOAD_SECONDS,
  );
  return (store, { outcome, receivedBytes, durationMs }) => {
    downloads.series({ store, outcome }).add();
    bytes.series({ store }).add(receivedBytes);
    if (outcome === 'ok') {
      duration.series({ store }).observe(durationMs / 1000);
    }
  };
}
