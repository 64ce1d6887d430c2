import { writeSync } from 'node:fs';

const OLDEST_MAJOR = 24;

/**
 * Whether this Node can run the rest; says on standard error when it cannot, and what to run instead. Entries ask before
 * they import anything else: an older Node would fail on the first modern syntax or global, with a stack trace.
 */
export function isNodeRecent(instead: string): boolean {
  const { node } = process.versions;
  const isRecent = Number(node.split('.', 1)[0]) >= OLDEST_MAJOR;
  if (!isRecent) {
    writeSync(2, `tensorfleet needs Node ${OLDEST_MAJOR} or newer, this is ${node}; ${instead} uses the right one\n`);
  }
  return isRecent;
}
