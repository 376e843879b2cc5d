import { describe, expect, it } from 'vitest';
import { learned, noteFields } from './fields.ts';
import type { Fields } from './job-state.ts';

const seen = (records: number, counts: Readonly<Record<string, number>>, declared: readonly string[] = []) => ({
  records,
  counts: new Map(Object.entries(counts)),
  declared: new Set(declared),
});
const known: Fields = { always: ['id', 'at'], sometimes: ['note'], records: 100 };
const NONE = { added: [], missing: [] };

describe('the fields of a job', () => {
  it('are learned first, and nothing is said before a hundred records', () => {
    const first = noteFields(undefined, seen(60, { id: 60, at: 60, note: 3 }));
    const fields = { always: ['id', 'at'], sometimes: ['note'], records: 60 };
    expect(first).toEqual({ fields: { ...fields, learning: true }, drift: NONE });
    expect(learned(first)).toEqual({ fields, drift: NONE });
    const second = noteFields(fields, seen(60, { id: 60, new: 60 }));
    expect(second.fields).toEqual({ always: ['id'], sometimes: ['at', 'note', 'new'], records: 120 });
    expect(second.drift).toEqual(NONE);
  });

  it('are never new to the run that learns them', () => {
    const learning = { ...known, learning: true } as const;
    const { fields, drift } = noteFields(learning, seen(5, { id: 5, tag: 1 }));
    expect([fields?.sometimes, drift]).toEqual([['at', 'note', 'tag'], NONE]);
  });

  it('are not new where the stream declares them, whenever the first record has one', () => {
    const { fields, drift } = noteFields(known, seen(5, { id: 5, at: 5, tag: 1, odd: 1 }, ['id', 'tag']));
    expect([fields?.sometimes, drift]).toEqual([['note', 'tag', 'odd'], { added: ['odd'], missing: [] }]);
  });

  it('have drifted when there is a new one, or one of all records is in none; which is said once', () => {
    const first = noteFields(known, seen(5, { id: 5, tag: 1 }));
    expect(first.drift).toEqual({ added: ['tag'], missing: ['at'] });
    expect(noteFields(first.fields, seen(5, { id: 5, tag: 1 })).drift).toEqual(NONE);
    expect(noteFields(first.fields, seen(5, { at: 5, id: 5 })).drift).toEqual(NONE);
  });

  it('have not when one is only rarer than before, nor when there is no record', () => {
    expect(noteFields(known, seen(5, { id: 5, at: 1 })).drift).toEqual(NONE);
    expect(noteFields(known, seen(0, {}))).toEqual({ fields: known, drift: NONE });
  });

  it('are forgotten when there are so many that they are no names', () => {
    const many = Object.fromEntries(Array.from({ length: 199 }, (_, index) => [`key_${index}`, 1]));
    const { fields, drift } = noteFields(known, seen(199, many));
    expect([fields, drift]).toEqual([{ always: [], sometimes: [], records: 0 }, NONE]);
  });
});
