import { formatBytes, formatPercent } from '../terminal/format.ts';
import { oneLine } from '../terminal/table.ts';
import type { Candidate, Published } from './publish.ts';
import type { TestRun } from './test-run.ts';

/** What would be published, for `--dry-run`. */
export function dryRunLines({ source: { files, bytes }, place, version, labels }: Candidate): string {
  const { model, root } = place;
  const what = version === 'next' ? `the next version of ${model}` : `version ${version} of ${model}`;
  const lines = files.map((file) => `  ${file.path}  ${formatBytes(file.bytes)}`);
  const count = `${files.length} ${files.length === 1 ? 'file' : 'files'}`;
  return [`would publish ${what} to ${root}${labelled(labels)}: ${count}, ${formatBytes(bytes)}`, ...lines].join('\n');
}

export function publishedLine({ model, version, place, bytes, metrics, labels, wasThere }: Published): string {
  const error = metrics?.['test_error'];
  const quality = error === undefined ? '' : `, test error ${formatPercent(error)}`;
  const size = `(${formatBytes(bytes)}${quality})`;
  return wasThere
    ? `${model} version ${version} ${size} was published before, as ${place}${labelled(labels)}`
    : `published ${model} version ${version} ${size} to ${place}${labelled(labels)}`;
}

function labelled(labels: readonly string[]): string {
  return labels.length === 0 ? '' : `, labelled ${labels.join(', ')}`;
}

/** `ran serving_default on made-up inputs: probabilities FP32 [1,10]` */
export function testRunLine({ signature, outputs }: TestRun): string {
  return oneLine(`ran ${signature} on made-up inputs: ${outputs.join(', ')}`);
}
