import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';
import type { TlsOptions } from 'node:tls';
import { type Clock, failedPrecondition, type Logger, StatusError } from '@tensorfleet/core';
import { readSslConfigFile, type SslConfig } from './config/ssl-config.ts';
import { type TlsRenewable, type TlsSource, tlsOptionsFrom } from './http2/tls-credentials.ts';

export interface TlsFileOptions {
  readonly flag: 'ssl_config_file' | 'rest_api_ssl_config_file';
  readonly path: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A file is written, or its link replaced, in several steps. */
const SETTLE_MS = 200;

/**
 * The certificates in a file. When it changes, servers that listen get the new ones, for connections from then on; with
 * what is not valid they go on as they are. Whether clients need a certificate stays as it was at the start.
 */
export class TlsFile implements TlsSource, Disposable {
  readonly #options: TlsFileOptions;
  readonly #servers = new Set<TlsRenewable>();
  readonly #watcher: FSWatcher | undefined;
  #current: TlsOptions;
  #timer: Disposable | undefined;

  /** `content`: of the file. Throws INVALID_ARGUMENT that names the flag when it is not valid. */
  constructor(content: SslConfig, options: TlsFileOptions) {
    this.#options = options;
    this.#current = tlsOptionsFrom(content, options.flag);
    this.#watcher = this.#watch();
  }

  get current(): TlsOptions {
    return this.#current;
  }

  follow(server: TlsRenewable): void {
    this.#servers.add(server);
  }

  [Symbol.dispose](): void {
    this.#watcher?.close();
    this.#timer?.[Symbol.dispose]();
    this.#servers.clear();
  }

  /** The directory, since a file or link that is replaced is another one. */
  #watch(): FSWatcher | undefined {
    try {
      const watcher = watch(dirname(this.#options.path), { persistent: false }, () => this.#onEvent());
      return watcher.on('error', (reason) => this.#warn(reason));
    } catch (reason) {
      this.#warn(reason);
      return undefined;
    }
  }

  #onEvent(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#options.clock.schedule(SETTLE_MS, () => this.#renew());
  }

  #renew(): void {
    const { flag, path, log } = this.#options;
    const { key, cert, ca, requestCert } = this.#current;
    try {
      const next = tlsOptionsFrom(readSslConfigFile(flag, path), flag);
      if (next.requestCert !== requestCert) {
        throw failedPrecondition(`${flag}: client_verify has changed, which takes a restart`);
      }
      if (next.key !== key || next.cert !== cert || next.ca !== ca) {
        this.#current = next;
        for (const server of this.#servers) {
          server.setSecureContext(next);
        }
        log.info({ path }, `${flag}: new connections get new certificates`);
      }
    } catch (reason) {
      this.#warn(reason);
    }
  }

  #warn(reason: unknown): void {
    const { message } = StatusError.from(reason);
    this.#options.log.warn({}, `certificates stay as they are: ${message}`);
  }
}
