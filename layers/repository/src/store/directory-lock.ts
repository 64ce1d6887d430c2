import { randomUUID } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isSystemError, unavailable } from '@tensorfleet/core';

/** Waiting longer than this for others means that something is wrong with one of them. */
const MAX_WAIT_MS = 10_000;

/** A lock whose owner cannot be looked up is given up after this time; it is held for milliseconds. */
const STALE_MS = 60_000;

const PAUSE_MS = 10;

/** Who holds a lock: enough to find out, in the same system, whether that very process still lives. */
interface Owner {
  readonly pid: number;
  /** The boot and the process namespace in which `pid` is a name; empty where the system does not tell. */
  readonly system: string;
  /** When the process began: another one may get its pid. */
  readonly started: string;
}

/**
 * One writer at a time in a directory, between processes, in which a dead owner blocks nobody.
 *
 * Locks are files 1, 2, 3, ... in a directory of their own. Who links file n, when n - 1 was the highest and is free or
 * its owner dead, and then still sees n as the highest, holds the lock: linking fails when n is there already, and the
 * highest file is never deleted, so numbers only grow and a late look at an old state links a number that is taken or
 * no longer the highest. An empty file is free. There is thus no moment, as there is when a stale lock is deleted, at
 * which two processes that both found the owner dead could both go on, or one could delete the lock of the next.
 *
 * An owner in the same system is dead when no process has its pid and start time: at once after a kill, and never while
 * it lives, however long it is stopped. One in another system (a container, a machine over the network) is taken for
 * dead after 60 seconds by the file system's own clock. What is done under the lock is one synchronous function of a
 * few system calls, so it would have to be stopped inside of it for that long to be overtaken.
 */
export class DirectoryLock {
  readonly #directory: string;
  readonly #random: () => number;

  /** `directory` is created when it is needed, in a directory that exists; nothing else may lie there. */
  constructor(directory: string, random: () => number = Math.random) {
    this.#directory = directory;
    this.#random = random;
  }

  /** Runs `change` while no other process runs one. Rejects with UNAVAILABLE when others hold the lock for too long. */
  async hold<T>(change: () => T, signal?: AbortSignal): Promise<T> {
    const start = performance.now();
    for (;;) {
      signal?.throwIfAborted();
      const held = this.#tryHold(change);
      if (held !== undefined) {
        return held.value;
      }
      if (performance.now() - start > MAX_WAIT_MS) {
        throw unavailable(`"${this.#directory}" is held by another process for more than ${MAX_WAIT_MS / 1000} s`);
      }
      await delay(PAUSE_MS * (0.5 + this.#random()), undefined, signal === undefined ? {} : { signal });
    }
  }

  #tryHold<T>(change: () => T): { readonly value: T } | undefined {
    mkdirSync(this.#directory, { recursive: true });
    const highest = this.#highest();
    const offer = join(this.#directory, `offer-${randomUUID()}`);
    writeFileSync(offer, JSON.stringify(SELF), { flag: 'wx' });
    try {
      if (highest > 0 && this.#isHeld(highest, statSync(offer).mtimeMs)) {
        return undefined;
      }
      linkSync(offer, this.#path(highest + 1));
    } catch (reason) {
      // Somebody else was faster, or has tidied up what we were looking at.
      if (isSystemError(reason, 'EEXIST', 'ENOENT')) {
        return undefined;
      }
      throw reason;
    } finally {
      rmSync(offer, { force: true });
    }
    return this.#change(highest + 1, change);
  }

  #change<T>(mine: number, change: () => T): { readonly value: T } | undefined {
    if (this.#highest() !== mine) {
      rmSync(this.#path(mine), { force: true });
      return undefined;
    }
    try {
      return { value: change() };
    } finally {
      this.#release(mine);
    }
  }

  /** Our file may be gone when the change took so long that another system took us for dead: the change is made. */
  #release(mine: number): void {
    try {
      // Before the lock is free: then the next owner deletes our file.
      this.#tidy(mine);
      truncateSync(this.#path(mine));
    } catch (reason) {
      if (!isSystemError(reason, 'ENOENT')) {
        throw reason;
      }
    }
  }

  /** Deletes the locks before this one, and what was killed before it could link its file. */
  #tidy(mine: number): void {
    const now = statSync(this.#path(mine)).mtimeMs;
    for (const name of readdirSync(this.#directory)) {
      const path = join(this.#directory, name);
      const isOld = name.startsWith('offer-') ? now - modifiedMs(path) > STALE_MS : Number(name) < mine;
      if (isOld) {
        rmSync(path, { force: true });
      }
    }
  }

  #isHeld(number: number, nowMs: number): boolean {
    const path = this.#path(number);
    const text = readFileSync(path, 'utf8');
    return text !== '' && isAlive(text, nowMs - statSync(path).mtimeMs);
  }

  #highest(): number {
    return Math.max(0, ...this.#numbers());
  }

  #numbers(): readonly number[] {
    return readdirSync(this.#directory)
      .filter((name) => /^[1-9][0-9]{0,14}$/.test(name))
      .map(Number);
  }

  #path(number: number): string {
    return join(this.#directory, String(number));
  }
}

/** Its owner may have deleted it meanwhile. */
function modifiedMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
}

const SELF: Owner = { pid: process.pid, system: systemOf(), started: startOf('self') };

/** Whether the owner that a lock file of this age names may still be at work. */
function isAlive(text: string, ageMs: number): boolean {
  const owner = parseOwner(text);
  const isKnown = owner !== undefined && owner.system !== '' && owner.system === SELF.system && owner.started !== '';
  return isKnown ? startOf(String(owner.pid)) === owner.started : ageMs < STALE_MS;
}

function parseOwner(text: string): Owner | undefined {
  try {
    // Written by `tryHold`; what is not is nobody's and goes stale.
    const { pid, system, started } = JSON.parse(text) as Owner;
    return { pid: Number(pid), system: String(system), started: String(started) };
  } catch {
    return undefined;
  }
}

/** Within one system, and never again after it is started anew, a pid and a start time name one process. */
function systemOf(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return '';
  }
}

/** Field 22 of proc(5)'s stat, counted behind the name, which may hold anything. Empty when there is no such process. */
function startOf(pid: string): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
