import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** Where a cache lies whose place is not configured. Its name can be guessed, so the cache looks at whose it is. */
export function privateCacheDirectory(name: string): string {
  return join(tmpdir(), `tensorfleet-${userInfo().uid}`, name);
}
