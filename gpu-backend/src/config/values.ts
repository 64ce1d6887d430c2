import { z } from 'zod';

/** A boolean, in a file or as text. */
export const flag = z.union([z.boolean(), z.stringbool()]).meta({ type: 'boolean' });

/** A whole number, in a file or as text. */
export function whole(min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER) {
  return z.preprocess(numberOf, z.int().min(min).max(max));
}

/** Any number, in a file or as text. */
export function real(min: number, max: number) {
  return z.preprocess(numberOf, z.number().min(min).max(max));
}

/** Text; unset is the same as empty. */
export const text = z.string().default('');

/** Elements with commas between them; empty ones do not count. */
export function listOf(elements: string): readonly string[] {
  return elements
    .split(',')
    .map((element) => element.trim())
    .filter((element) => element !== '');
}

/** Text that holds nothing stays text, so that it is refused. */
function numberOf(value: unknown): unknown {
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
}
