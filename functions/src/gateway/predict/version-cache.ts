import type { FleetCallOptions, FleetClient } from '@tensorfleet/client';
import type { CallContext, ModelSpec, Version } from '@tensorfleet/core';
import { untilAborted } from '../until-aborted.ts';
import { callMetadata } from './fleet-call.ts';
import { LruMap } from './lru-map.ts';
import { type VersionInfo, versionInfoFrom } from './version-info.ts';

/** More versions than a fleet serves at a time; an entry is a few kilobytes. */
const MAX_VERSIONS = 256;
/** A lookup serves everyone who waits for it, so it has its own time and not that of whoever came first. */
const LOOKUP_TIMEOUT_MS = 5_000;

/**
 * Signatures and pipelines of versions. A version is immutable, so what is known of `model@version` holds for ever;
 * what changes is which version a request without a number gets, and of that the cache only remembers a guess.
 * Lookups of the same thing at the same time are one.
 */
export class VersionCache {
  readonly #fleet: FleetClient;
  readonly #versions = new LruMap<string, VersionInfo>(MAX_VERSIONS);
  readonly #guesses = new LruMap<string, VersionInfo>(MAX_VERSIONS);
  readonly #lookups = new Map<string, Promise<VersionInfo>>();

  constructor(fleet: FleetClient) {
    this.#fleet = fleet;
  }

  /** A version, from the cache or the fleet. Rejects as the fleet does, or when the call is over. */
  async version(name: string, version: Version, call: CallContext): Promise<VersionInfo> {
    const key = keyOf({ name, version });
    return this.#versions.get(key) ?? (await this.#lookUp(key, { name, version }, call));
  }

  /** The version that will probably answer to `spec`: the one it names, or the one that answered last; else asks. */
  async guess(spec: ModelSpec, call: CallContext): Promise<VersionInfo> {
    if (spec.version !== undefined) {
      return this.version(spec.name, spec.version, call);
    }
    return this.#guesses.get(keyOf(spec)) ?? this.refresh(spec, { ...call, routingKey: undefined }); // one for all keys
  }

  /** Remembers that `info` answered to `spec`. */
  saw(spec: ModelSpec, info: VersionInfo): void {
    this.#guesses.set(keyOf(spec), info);
  }

  /** Asks the fleet which version `spec` is now for the call's routing key, whatever is remembered. */
  async refresh(spec: ModelSpec, call: CallContext): Promise<VersionInfo> {
    const info = await this.#lookUp(keyOf(spec, call.routingKey), spec, call);
    this.saw(spec, info);
    return info;
  }

  #lookUp(key: string, spec: ModelSpec, call: CallContext): Promise<VersionInfo> {
    let lookup = this.#lookups.get(key);
    if (lookup === undefined) {
      lookup = this.#ask(spec, call).finally(() => this.#lookups.delete(key));
      lookup.catch(() => undefined); // whoever waits hears of it; all of them may have left
      this.#lookups.set(key, lookup);
    }
    return untilAborted(lookup, call.signal);
  }

  async #ask({ name, version, versionLabel }: ModelSpec, call: CallContext): Promise<VersionInfo> {
    const spec = {
      name,
      ...(version !== undefined && { version }),
      ...(versionLabel !== undefined && { versionLabel }),
    };
    const options: FleetCallOptions = {
      timeoutMs: LOOKUP_TIMEOUT_MS,
      metadata: callMetadata(call),
      routingKey: call.routingKey,
    };
    const info = versionInfoFrom(name, await this.#fleet.metadata(spec, options));
    this.#versions.set(keyOf(info), info);
    return info;
  }
}

/** Equal for specs, and routing keys, that mean the same version, whatever their signature. Names may hold any character. */
function keyOf({ name, version, versionLabel }: ModelSpec, routingKey?: string): string {
  return JSON.stringify([name, version ?? null, versionLabel ?? null, routingKey ?? null]);
}
