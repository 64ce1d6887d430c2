import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MessageType } from '../../../../layers/codecs/src/config/message-type.ts';
import {
  ModelConfigMessage,
  ModelServerConfigMessage,
  ReloadConfigRequestMessage,
} from '../../../../layers/codecs/src/config/model-server-messages.ts';
import {
  BatchingParametersMessage,
  MonitoringConfigMessage,
  PlatformConfigMapMessage,
  SslConfigMessage,
} from '../../../../layers/codecs/src/config/serving-messages.ts';

export const MESSAGES: Readonly<Record<string, MessageType>> = {
  ModelServerConfig: ModelServerConfigMessage,
  ModelConfig: ModelConfigMessage,
  ReloadConfigRequest: ReloadConfigRequestMessage,
  BatchingParameters: BatchingParametersMessage,
  MonitoringConfig: MonitoringConfigMessage,
  SSLConfig: SslConfigMessage,
  PlatformConfigMap: PlatformConfigMapMessage,
};

interface Text {
  readonly type: string;
  readonly name: string;
  readonly text: string;
}

interface Golden extends Text {
  readonly value: unknown;
  /** Base64. */
  readonly binary: string;
}

/** Texts as Python's protobuf reads them, and such that it refuses. */
export const GOLDEN_CONFIGS: { readonly good: readonly Golden[]; readonly bad: readonly Text[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../golden/config/cases.json'), 'utf8'),
);

/** A parsed message in the form of the goldens. */
export function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, one) => {
      if (one instanceof Map) {
        return { map: [...one].toSorted() };
      }
      return one ?? null;
    }),
  );
}
