import type * as z from 'zod';

/** Problems that an error names; a file of another kind would fill a page. */
const MAX_PROBLEMS = 8;

/** Everything that is wrong with `value`, in one line: `files[0].sha256 is "xyz": must match pattern ...`. */
export function formatProblems(issues: readonly z.core.$ZodIssue[], value: unknown): string {
  return issues
    .slice(0, MAX_PROBLEMS)
    .map((issue) => formatProblem(issue, value))
    .join('; ');
}

function formatProblem(issue: z.core.$ZodIssue, root: unknown): string {
  let value = root;
  let key = '';
  for (const part of issue.path) {
    key += typeof part === 'number' ? `[${part}]` : `${key === '' ? '' : '.'}${String(part)}`;
    value = typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined;
  }
  const subject = key === '' ? 'it' : key;
  return `${subject} is ${formatValue(value)}: ${issue.message.replace(/^Invalid [a-z]+: /, '')}`;
}

function formatValue(value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) ? `a list of ${value.length}` : 'an object';
  }
  return value === undefined ? 'missing' : JSON.stringify(value).slice(0, 60);
}
