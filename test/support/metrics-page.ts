export interface PageSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A page in Prometheus's text format. */
export interface MetricsPage {
  /** By metric, as its TYPE line says. */
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly PageSample[];
  /** The sum over the samples of this name that have all these labels. */
  total(name: string, labels?: Readonly<Record<string, string>>): number;
}

/** Throws for what the format does not allow: a repeated TYPE line, a bad name, a sample without a TYPE, no last newline. */
export function parseMetricsPage(text: string): MetricsPage {
  const types = new Map<string, string>();
  const samples: PageSample[] = [];
  const lines = text.split('\n');
  if (lines.pop() !== '') {
    throw new Error('the page does not end with a newline');
  }
  for (const line of lines) {
    const [, name = '', type = ''] = /^# TYPE (\S+) (counter|gauge|histogram|summary|untyped)$/.exec(line) ?? [];
    if (name !== '' && types.has(name)) {
      throw new Error(`a second TYPE line of ${name}`);
    } else if (name !== '') {
      types.set(name, type);
    } else if (line !== '' && !line.startsWith('# HELP ')) {
      samples.push(parseSample(line, types));
    }
  }
  return {
    types,
    samples,
    total: (name, labels = {}) =>
      samples
        .filter((one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value))
        .reduce((sum, { value }) => sum + value, 0),
  };
}

function parseSample(line: string, types: ReadonlyMap<string, string>): PageSample {
  const match = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
  const [, name = '', labelText = '', value = ''] = match ?? [];
  const base = name.replace(/_(bucket|sum|count)$/, '');
  if (match === null || !(types.has(name) || types.get(base) === 'histogram')) {
    throw new Error(`not a sample of a metric above: ${line}`);
  }
  const labels: Record<string, string> = {};
  const rest = labelText.replaceAll(
    /([a-zA-Z_]\w*)="((?:[^"\\]|\\[\\n"])*)",?/g,
    (_all, key: string, escaped: string) => {
      labels[key] = escaped.replaceAll(/\\(.)/g, (_pair, character: string) => (character === 'n' ? '\n' : character));
      return '';
    },
  );
  if (rest !== '') {
    throw new Error(`not labels: ${rest}`);
  }
  return { name, labels, value: Number(value.replace('+Inf', 'Infinity')) };
}
