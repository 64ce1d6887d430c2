// biome-ignore-all lint/style/noNonNullAssertion: hot file, steps refer to steps, positions are within the bytes
import { Op, type RegexProgram } from './regex-program.ts';

/** Starts and ends of the match and its groups, -1 for a group that took no part. */
export type Match = readonly number[];

/** A character has at most four bytes: a step leads at most so far. */
const LISTS = 5;

const BEGIN_LINE = 1;
const END_LINE = 2;
const BEGIN_TEXT = 4;
const END_TEXT = 8;
const WORD_BOUNDARY = 16;
const NO_WORD_BOUNDARY = 32;

/** Threads that wait at one position, in order of preference. */
interface ThreadList {
  readonly steps: number[];
  readonly captures: Match[];
  readonly seen: Set<number>;
}

/**
 * The leftmost match at or behind `from`, of several the one that Perl would find; undefined without one. `isWhole`:
 * only a match of all the bytes counts. Time grows with the bytes times the steps, whatever the pattern.
 */
export function searchRegex(
  program: RegexProgram,
  bytes: Uint8Array,
  from: number,
  isWhole: boolean,
): Match | undefined {
  const lists = Array.from({ length: LISTS }, (): ThreadList => ({ steps: [], captures: [], seen: new Set() }));
  const unset = new Array<number>(2 * (program.groups + 1)).fill(-1);
  let found: Match | undefined;
  let waiting = 0;
  for (let at = from; at <= bytes.length && (found === undefined || waiting > 0); at++) {
    const list = lists[at % LISTS]!;
    waiting -= list.steps.length;
    if (found === undefined && (at === from || !isWhole)) {
      follow(program, bytes, at, program.start, unset.with(0, at), list);
    }
    for (const [index, number] of list.steps.entries()) {
      const step = program.steps[number]!;
      const captures = list.captures[index]!;
      if (step.op === Op.MATCH) {
        if (!isWhole || at === bytes.length) {
          found = captures.with(1, at);
          break; // what waits behind is less preferred; what waits elsewhere started before
        }
        continue;
      }
      const width = at < bytes.length ? step.width(bytes, at) : 0;
      if (width > 0) {
        const next = lists[(at + width) % LISTS]!;
        waiting -= next.steps.length;
        follow(program, bytes, at + width, step.out, captures, next);
        waiting += next.steps.length;
      }
    }
    list.steps.length = 0;
    list.captures.length = 0;
    list.seen.clear();
  }
  return found;
}

/** Adds to `list` the steps that take a character, or end, and that `start` leads to without taking one. */
function follow(
  program: RegexProgram,
  bytes: Uint8Array,
  at: number,
  start: number,
  captures: Match,
  list: ThreadList,
): void {
  const todo: [number, Match][] = [[start, captures]];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const [number, taken] = next;
    if (list.seen.has(number)) {
      continue;
    }
    list.seen.add(number);
    const { op, out, arg } = program.steps[number]!;
    if (op === Op.ALT || op === Op.ALT_MATCH) {
      todo.push([arg, taken], [out, taken]);
    } else if (op === Op.CAPTURE) {
      todo.push([out, taken.with(arg, at)]);
    } else if (op === Op.NOP || (op === Op.EMPTY_WIDTH && (arg & ~conditionsAt(bytes, at)) === 0)) {
      todo.push([out, taken]);
    } else if (op === Op.RUNE || op === Op.MATCH) {
      list.steps.push(number);
      list.captures.push(taken);
    }
  }
}

function conditionsAt(bytes: Uint8Array, at: number): number {
  const before = bytes[at - 1];
  const after = bytes[at];
  let conditions = isWord(before) === isWord(after) ? NO_WORD_BOUNDARY : WORD_BOUNDARY;
  conditions |= before === undefined ? BEGIN_TEXT | BEGIN_LINE : before === 0x0a ? BEGIN_LINE : 0;
  conditions |= after === undefined ? END_TEXT | END_LINE : after === 0x0a ? END_LINE : 0;
  return conditions;
}

/** Letters, digits and the underscore of ASCII. */
function isWord(byte: number | undefined): boolean {
  return (
    byte !== undefined &&
    ((byte >= 0x30 && byte <= 0x39) ||
      (byte >= 0x41 && byte <= 0x5a) ||
      byte === 0x5f ||
      (byte >= 0x61 && byte <= 0x7a))
  );
}
