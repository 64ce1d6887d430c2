import { formatBytes, formatPercent } from '../terminal/format.ts';
import type { Candidate, Published } from './publish.ts';

/** What would be published, for `--dry-run`. */
export function dryRunLines({ source: { files, bytes }, place, version }: Candidate): string {
  const { model, root } = place;
  const what = version === 'next' ? `the next version of ${model}` : `version ${version} of ${model}`;
  const lines = files.map((file) => `  ${file.path}  ${formatBytes(file.bytes)}`);
  return [
    `would publish ${what} to ${root}: ${files.length} ${files.length === 1 ? 'file' : 'files'}, ${formatBytes(bytes)}`,
    ...lines,
  ].join('\n');
}

export function publishedLine({ model, version, place, bytes, metrics }: Published): string {
  const error = metrics?.['test_error'];
  const quality = error === undefined ? '' : `, test error ${formatPercent(error)}`;
  return `published ${model} version ${version} (${formatBytes(bytes)}${quality}) to ${place}`;
}
