import type { ModelLocation } from '@tensorfleet/gpu-backend';
import type { Terminal } from '../terminal/terminal.ts';

/** Says which version was taken where the path named a directory of versions. */
export function sayVersion({ version, root }: ModelLocation, { err }: Terminal): void {
  if (version !== undefined) {
    err.line(err.colours.dim(`version ${version} is the newest: ${root}`));
  }
}
