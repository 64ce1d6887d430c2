import { Option } from 'commander';

/** As much of a JSON Schema as settings use. */
export interface SettingsSchema {
  readonly properties?: Readonly<Record<string, SettingSchema | boolean>>;
}

interface SettingSchema {
  readonly type?: unknown;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
}

/**
 * One option per setting, under its own name and with its description. Defaults are shown, not set: only what the user
 * wrote is passed on, so that a file is overruled by nothing else.
 */
export function schemaOptions(schema: SettingsSchema): readonly Option[] {
  return Object.entries(schema.properties ?? {}).map(([name, setting]) => {
    const { type, description = '', default: standard, enum: choices } = typeof setting === 'boolean' ? {} : setting;
    const shown = standard === undefined || standard === '' ? '' : ` (default: ${String(standard)})`;
    const placeholder = type === 'boolean' ? '[boolean]' : type === 'number' || type === 'integer' ? '<n>' : '<text>';
    const option = new Option(
      `--${name} ${choices === undefined ? placeholder : '<choice>'}`,
      `${description}${shown}`,
    );
    return choices === undefined ? option : option.choices(choices.map(String));
  });
}
