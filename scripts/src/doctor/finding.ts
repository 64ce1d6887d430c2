/** What one check came to. */
export interface Finding {
  readonly name: string;
  /** ok: nothing to do; warn: it may work, or nobody could tell; fail: a deployment will not work. */
  readonly status: 'ok' | 'warn' | 'fail';
  readonly what: string;
  /** What to do about it; empty where nothing is. */
  readonly next: string;
}

export function ok(name: string, what: string): Finding {
  return { name, status: 'ok', what, next: '' };
}

export function warn(name: string, what: string, next: string): Finding {
  return { name, status: 'warn', what, next };
}

export function fail(name: string, what: string, next: string): Finding {
  return { name, status: 'fail', what, next };
}
