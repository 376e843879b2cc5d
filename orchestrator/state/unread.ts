/** Spans that no run will read unless somebody asks for them: pure, from one state to the next. */
import type { JobState, Settlement, Span } from './job-state.ts';

/** Spans a state remembers. The settlements of all are in the run records. */
const MOST_UNREAD = 100;

/** With the spans of the slots that are given up now; those that touch are one. */
export function addUnread({ unread = [] }: JobState, settlements: readonly Settlement[]): Pick<JobState, 'unread'> {
  const given = settlements.flatMap(({ unread_from: from, slot: to }) =>
    from !== undefined && from < to ? { from, to } : [],
  );
  const spans = given.reduce(joined, [...unread]);
  return spans.length === 0 ? {} : { unread: spans.slice(-MOST_UNREAD) };
}

function joined(spans: Span[], span: Span): Span[] {
  const last = spans.at(-1);
  return last?.to === span.from ? [...spans.slice(0, -1), { from: last.from, to: span.to }] : [...spans, span];
}

/** Without what was read of them meanwhile. */
export function withoutUnread({ unread = [], ...state }: JobState, read: Span): JobState {
  const left = unread.flatMap(({ from, to }): Span[] => {
    if (read.to <= from || to <= read.from) return [{ from, to }];
    return [...(from < read.from ? [{ from, to: read.from }] : []), ...(read.to < to ? [{ from: read.to, to }] : [])];
  });
  return left.length === 0 ? state : { ...state, unread: left };
}
