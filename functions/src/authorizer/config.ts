import { readSettings } from './read-settings.ts';
import { type AuthorizerSettings, authorizerSettingsSchema } from './settings.ts';

/** The configuration of the authorizer function; see readSettings. */
export function resolveAuthorizerConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): AuthorizerSettings {
  return readSettings(authorizerSettingsSchema, environment, "the authorizer's");
}
