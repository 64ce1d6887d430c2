import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where a cache lies whose place is not configured. Its name can be guessed, so the cache looks at whose it is. */
export function privateCacheDirectory(name: string): string {
  // Not userInfo(): it throws for a user that the system does not list, as containers run with.
  return join(tmpdir(), `tensorfleet-${process.getuid?.() ?? -1}`, name);
}
