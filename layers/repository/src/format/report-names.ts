/**
 * What a gate has found of a version, beside its files. They are no part of it: no manifest lists them, and what a
 * directory that is published holds of an earlier version's stays behind.
 */
export const REPORT_NAMES = { page: 'report.html', data: 'report.json' } as const;

export function isReportName(path: string): boolean {
  return path === REPORT_NAMES.page || path === REPORT_NAMES.data;
}
