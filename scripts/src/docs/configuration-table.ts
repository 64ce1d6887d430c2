/** As much of a JSON Schema as a table of settings shows. */
export interface TableSchema {
  readonly properties?: Readonly<Record<string, TableSetting | boolean>>;
}

interface TableSetting {
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
}

/** A Markdown table: one row per setting with its default, its bounds and its meaning. */
export function configurationTable(schema: TableSchema): string {
  const rows = Object.entries(schema.properties ?? {}).map(([name, setting]) => {
    const shown = typeof setting === 'boolean' ? {} : setting;
    return `| \`${name}\` | ${defaultOf(shown)} | ${boundsOf(shown)} | ${escapeHtml(shown.description ?? '')} |`;
  });
  return ['| setting | default | bounds | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** Markdown would take `<root>` for a tag. */
function escapeHtml(text: string): string {
  return text.replaceAll('<', '&lt;').replaceAll('|', '\\|');
}

function defaultOf({ default: value }: TableSetting): string {
  return value === undefined || value === '' ? '' : `\`${String(value)}\``;
}

function boundsOf({ enum: choices, minimum, maximum }: TableSetting): string {
  if (choices !== undefined) {
    return choices.map((choice) => `\`${String(choice)}\``).join(', ');
  }
  if (minimum === undefined || minimum === Number.MIN_SAFE_INTEGER) {
    return '';
  }
  return maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? `from ${minimum}` : `${minimum} to ${maximum}`;
}

/** `text` with what stands between the two markers of `name` replaced by `content`. Throws when they are not there. */
export function replaceBetweenMarkers(text: string, name: string, content: string): string {
  const begin = `<!-- begin ${name} -->`;
  const end = `<!-- end ${name} -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) {
    throw new Error(`the text has no markers ${begin} and ${end}`);
  }
  return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`;
}
