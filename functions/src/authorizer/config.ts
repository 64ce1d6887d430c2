import * as z from 'zod';
import { type AuthorizerSettings, authorizerSettings, readSettings } from './settings.ts';

/** The configuration of the authorizer function; see readSettings. */
export function resolveAuthorizerConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): AuthorizerSettings {
  return readSettings(z.object(authorizerSettings), environment, "the authorizer's");
}
