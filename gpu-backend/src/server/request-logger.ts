import { encodePredictionLog, type LogType } from '@tensorfleet/codecs';
import { type Logger, StatusError } from '@tensorfleet/core';
import type { ServableId } from '../lifecycle/servable.ts';

/** Whether and where requests of a model are logged. */
export interface RequestLogSettings {
  /** Files are called `<prefix>-<model>-...`. */
  readonly prefix: string;
  /** Share of the requests that are logged, 0 to 1. */
  readonly rate: number;
}

/** A request that was answered, as messages of PredictionService. */
export interface LoggedExchange {
  readonly type: LogType;
  readonly signatureName: string;
  readonly request: Uint8Array;
  readonly response: Uint8Array;
}

/** Takes PredictionLogs; never throws, never waits. */
export interface RequestLogSink {
  /** `encode` is called at once, or not at all when there is no room. */
  write(prefix: string, model: string, encode: () => Uint8Array): void;
}

export interface RequestLoggerParts {
  readonly sink: RequestLogSink;
  /** For models that `configure` does not name; undefined: these are not logged. */
  readonly defaults: RequestLogSettings | undefined;
  readonly savedModelTags: readonly string[];
  /** 0 to 1, without 1. */
  readonly random: () => number;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  readonly log: Logger;
}

const MS_PER_SECOND = 1000;

/** Decides which requests are logged. Requests that are not sampled cost a look into a map. */
export class RequestLogger {
  readonly #parts: RequestLoggerParts;
  #models: ReadonlyMap<string, RequestLogSettings> = new Map();

  constructor(parts: RequestLoggerParts) {
    this.#parts = parts;
  }

  /** What the configurations of the models say, in the place of what they said before. */
  configure(models: ReadonlyMap<string, RequestLogSettings>): void {
    this.#models = new Map(models);
  }

  /** Logs one answered request if it is sampled, which alone is when `exchange` is called. Never throws. */
  answered(id: ServableId, exchange: () => LoggedExchange): void {
    const { defaults, random, sink, log } = this.#parts;
    const settings = this.#models.get(id.name) ?? defaults;
    if (settings === undefined || random() >= settings.rate) {
      return;
    }
    try {
      sink.write(settings.prefix, id.name, () => this.#encode(id, settings, exchange()));
    } catch (reason) {
      const error = StatusError.from(reason);
      log.error({ model: id.name, version: id.version, error }, `a request was not logged: ${error.message}`);
    }
  }

  #encode({ name, version }: ServableId, { rate }: RequestLogSettings, exchange: LoggedExchange): Uint8Array {
    const { wallClock, savedModelTags } = this.#parts;
    const { type, signatureName, request, response } = exchange;
    const metadata = {
      modelSpec: { name, version, signatureName },
      samplingRate: rate,
      savedModelTags,
      timestampSecs: Math.floor(wallClock() / MS_PER_SECOND),
    };
    return encodePredictionLog({ metadata, type, request, response });
  }
}
