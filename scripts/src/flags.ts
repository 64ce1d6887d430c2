import { InvalidArgumentError } from 'commander';

/**
 * The arguments with every flag as it is declared: `-` and `_` in its name are the same, as TensorFlow Serving's users
 * know it. One that is not declared loses its value: nobody reads it, and without it the nearest name is found. What
 * follows a lone `--` is no flag.
 */
export function normaliseFlags(args: readonly string[], declared: ReadonlySet<string>): string[] {
  const spelling = new Map([...declared].map((flag) => [flag.replaceAll('_', '-'), flag]));
  const end = args.indexOf('--');
  return args.map((arg, index) => {
    if (!arg.startsWith('--') || (end !== -1 && index >= end)) {
      return arg;
    }
    const [name = '', ...value] = arg.split('=');
    const flag = spelling.get(name.replaceAll('_', '-'));
    return flag === undefined ? name : [flag, ...value].join('=');
  });
}

/** A parser of whole numbers from `min` to `max`, for commander. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}

/** A parser of fractions from 0 to 1, for commander. */
export function fraction(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= 0 && value <= 1)) {
    throw new InvalidArgumentError('It must be a number from 0 to 1.');
  }
  return value;
}

/** A parser of numbers from 0 on, for commander. */
export function positiveNumber(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= 0 && Number.isFinite(value))) {
    throw new InvalidArgumentError('It must be a number, 0 or more.');
  }
  return value;
}

const UNIT_SECONDS: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
]);

/** A parser of durations like `90s`, `10m`, `1.5h` and `7d`, for commander; in seconds. */
export function duration(text: string): number {
  const [, amount, unit = ''] = /^([0-9]+(?:\.[0-9]+)?)([smhd])$/.exec(text) ?? [];
  const seconds = Number(amount) * (UNIT_SECONDS.get(unit) ?? Number.NaN);
  if (!Number.isFinite(seconds)) {
    throw new InvalidArgumentError('It must be a number and s, m, h or d, for example 90s or 10m.');
  }
  return seconds;
}

/** A parser of shares above 0 and up to 100, with or without a `%`, for commander. */
export function percentage(text: string): number {
  const value = /^[0-9.]+%?$/.test(text) ? Number(text.replace('%', '')) : Number.NaN;
  if (!(value > 0 && value <= 100)) {
    throw new InvalidArgumentError('It must be a number above 0 and at most 100.');
  }
  return value;
}
