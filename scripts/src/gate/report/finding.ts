import type { Version } from '@tensorfleet/core';
import type { Examples } from '../examples/examples.ts';
import type { GateReport } from '../gate-report.ts';
import { htmlReport } from './html-report.ts';
import { jsonReport } from './json-report.ts';

/** The files that tell a report: a page for people and JSON for programs. */
export interface ReportFiles {
  readonly page: string;
  readonly data: string;
}

/** A report, and its files. */
export interface Finding {
  readonly report: GateReport;
  /** `version` is the number that the candidate has got since. */
  files(version?: Version): ReportFiles;
}

export function findingOf(report: GateReport, examples: Pick<Examples, 'picture'>): Finding {
  return {
    report,
    files(version = report.version) {
      const numbered = { ...report, version };
      return { page: htmlReport(numbered, examples.picture), data: jsonReport(numbered) };
    },
  };
}
