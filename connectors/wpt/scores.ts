/**
 * How a browser does with a feature, by the rules of wpt.fyi and https://webstatus.dev:
 * https://github.com/GoogleChrome/webstatus.dev/blob/main/workflows/steps/services/wpt_consumer/pkg/workflow/score_webfeature.go
 */
import type { TestResult } from './schema.ts';

export interface Score {
  readonly tests: number;
  readonly testsPassed: number;
  /** Undefined where a test crashed. */
  readonly subtests: { readonly all: number; readonly passed: number } | undefined;
}

/** Statuses of a summary: https://github.com/web-platform-tests/wpt.fyi/tree/main/api#results-summaries */
const OK = 'O';
const PASS = 'P';
const CRASH = 'C';
const NONE = '';
export const STATUSES: ReadonlySet<string> = new Set([OK, PASS, 'F', 'S', 'E', 'N', CRASH, 'T', 'PF', NONE]);

const isGood = (status: string): boolean => status === OK || status === PASS;

/** Of what was not run there is nothing to count but the test itself. */
const isMissing = ([status, , all]: TestResult): boolean => status === NONE && all === 0;

const isPassed = (result: TestResult): boolean => {
  const [status, passed, all] = result;
  return (isGood(status) || status === NONE) && passed === all && !isMissing(result);
};

export function scoreOf(tests: Readonly<Record<string, TestResult>>): Score {
  const counted = Object.entries(tests).flatMap(([path, result]) => (isCounted(path) ? [result] : []));
  const hasCrashed = counted.some(([status]) => status === CRASH);
  return {
    tests: counted.length,
    testsPassed: counted.filter(isPassed).length,
    subtests: hasCrashed ? undefined : subtestsOf(counted),
  };
}

function subtestsOf(results: readonly TestResult[]): NonNullable<Score['subtests']> {
  let all = 0;
  let passed = 0;
  for (const result of results) {
    if (isMissing(result)) continue;
    const [status, good, subtests] = result;
    // A test without subtests is one itself.
    all += subtests === 0 ? 1 : subtests;
    passed += subtests === 0 && isGood(status) ? 1 : good;
  }
  return { all, passed };
}

/** Tentative and optional ones are not: https://web-platform-tests.org/writing-tests/file-names.html */
export const isCounted = (path: string): boolean =>
  !path.includes('.tentative') && !path.split('/').includes('tentative') && !path.includes('.optional');
