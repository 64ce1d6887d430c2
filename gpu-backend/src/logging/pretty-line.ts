import { styleText } from 'node:util';

/** A value longer than this is cut. */
const MAX_VALUE_CHARACTERS = 1_024;

const LEVELS: ReadonlyMap<unknown, readonly [text: string, style: Parameters<typeof styleText>[0]]> = new Map([
  [20, ['DEBUG', 'gray']],
  [30, ['INFO ', 'green']],
  [40, ['WARN ', 'yellow']],
  [50, ['ERROR', 'red']],
]);

/**
 * A line of pino's as one for people: time, level, sentence, facts; the stack of an error follows, indented. Nothing
 * that a client sent can end the line, begin another, move the cursor or turn the text around: such characters are
 * escaped.
 */
export function prettyLine(json: string, colours: boolean): string {
  const { level, time, msg, ...facts }: Record<string, unknown> = JSON.parse(json);
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    colours ? styleText(style, text, { validateStream: false }) : text;
  const [name, style] = LEVELS.get(level) ?? ['?    ', 'gray'];
  const head = `${String(time).replace('T', ' ').replace('Z', '')} ${paint(style, name)} ${printable(String(msg ?? ''))}`;
  const stacks: string[] = [];
  const rest = Object.entries(facts).map(([key, value]) => {
    if (isError(value)) {
      stacks.push(...value.stack.split('\n'));
      return `${printable(key)}=${valueText(value.message)}`;
    }
    return `${printable(key)}=${valueText(value)}`;
  });
  const first = [head, ...rest.map((fact) => paint('gray', fact))].join('  ');
  return [first, ...stacks.map((line) => `    ${printable(line)}`), ''].join('\n');
}

function isError(value: unknown): value is { readonly message: string; readonly stack: string } {
  return typeof value === 'object' && value !== null && 'stack' in value && typeof value.stack === 'string';
}

function valueText(value: unknown): string {
  const text = typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  return printable(text);
}

/** Control characters, line and paragraph separators, and marks that change the direction of writing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

function printable(text: string): string {
  const cut = text.length > MAX_VALUE_CHARACTERS ? `${text.slice(0, MAX_VALUE_CHARACTERS)}…` : text;
  return cut.replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
