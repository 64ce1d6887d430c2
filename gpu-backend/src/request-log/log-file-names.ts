import { basename, dirname } from 'node:path';

/** The files of one model's log: `<prefix>-<model>-<UTC time>-<number>.tfrecord`, which sorts by age. */
export interface LogFileNames {
  readonly directory: string;
  path(createdAt: number, number: number): string;
  /** Whether a file of the directory is one of this log. */
  owns(name: string): boolean;
}

const SUFFIX = /^\d{8}T\d{6}Z-\d{6}\.tfrecord$/;
const NUMBER_DIGITS = 6;
/** File systems know names of 255 bytes at most. */
const MAX_MODEL_CHARACTERS = 150;

/** The model's name is encoded as in a URL: it may hold what a file's name must not. */
export function logFileNames(prefix: string, model: string): LogFileNames {
  const start = `${prefix}-${encodeURIComponent(model).slice(0, MAX_MODEL_CHARACTERS)}-`;
  const nameStart = basename(`${start}x`).slice(0, -1);
  return {
    directory: dirname(`${start}x`),
    path: (createdAt, number) =>
      `${start}${timeText(createdAt)}-${String(number).padStart(NUMBER_DIGITS, '0')}.tfrecord`,
    owns: (name) => name.startsWith(nameStart) && SUFFIX.test(name.slice(nameStart.length)),
  };
}

/** `20261121T204620Z`; `time`: milliseconds since 1970. */
function timeText(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d+/g, '');
}
