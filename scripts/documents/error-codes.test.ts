import { describe, expect, it } from 'vitest';
import { codesIn } from './error-codes.ts';
import { errorPage } from './errors.ts';

const codes = (source: string) => codesIn('x.ts', source);

describe('the codes of a source text', () => {
  it('are those of errors, with what they say and what to do', () => {
    const source = `
      // new TidemillError('bug', 'in-a-comment', 'no')
      throw new TidemillError(
        'config',
        'unknown-job',
        \`There is no job "\${names.map((name) => \`<\${name}>\`).join(', ')}" here, or there\`,
        { hint: near === undefined ? 'x' : 'y', cause },
      );
      throw new TidemillError('auth', 'refused', "it's (no)", { hint: 'Renew it, then wait.' });`;
    expect(codes(source)).toEqual([
      { kind: 'config', code: 'unknown-job', message: 'There is no job "…" here, or there', hint: undefined },
      { kind: 'auth', code: 'refused', message: "it's (no)", hint: 'Renew it, then wait.' },
    ]);
  });

  it('are those that a function is given', () => {
    const source = `
      if (gone) throw damaged('bronze-missing', \`\${key} is gone\`);
      throw damaged('bronze-damaged', 'not whole', cause);
      const damaged = (code: string, message: string, cause?: unknown): TidemillError =>
        new TidemillError('config', code, message, { hint: 'Restore it.', cause });`;
    expect(codes(source)).toEqual([
      { kind: 'config', code: 'bronze-missing', message: '… is gone', hint: 'Restore it.' },
      { kind: 'config', code: 'bronze-damaged', message: 'not whole', hint: 'Restore it.' },
    ]);
  });

  it('have the messages that a function is given', () => {
    const source = `
      throw broken(job, 'a line has no end');
      function broken(job: string, message: string) { return new TidemillError('bug', 'output', message); }`;
    expect(codes(source)).toEqual([{ kind: 'bug', code: 'output', message: 'a line has no end', hint: undefined }]);
  });

  it('have the message that stands in a constant before', () => {
    const source = "const message = `${job} took too long`;\nthrow new TidemillError('transient', 'late', message);";
    expect(codes(source)).toMatchObject([{ code: 'late', message: '… took too long' }]);
  });

  it('are those of verdicts, and of classes that extend the error', () => {
    const source = `
      const UNAVAILABLE = { kind: 'transient', code: 'unavailable', hint: 'Wait.' };
      const other = { kind: 'register', code: 'no-error' };
      class ConfigError extends TidemillError { constructor() { super('config', 'config-invalid', text()); } }`;
    expect(codes(source).map(({ kind, code }) => `${kind} ${code}`)).toEqual([
      'config config-invalid',
      'transient unavailable',
    ]);
  });

  it('are not those that are handed on', () => {
    expect(codes("new TidemillError('quota', error.code, error.message)")).toEqual([]);
    expect(codes('new TidemillError(verdict.kind, verdict.code, verdict.message)')).toEqual([]);
  });

  it('must be readable: any other way to write one is refused', () => {
    expect(() => codes("new TidemillError('bug', `code-${number}`, 'x')")).toThrow('x.ts: an error whose code');
    expect(() => codes('new TidemillError(kindOf(status), codeOf(status))')).toThrow('x.ts: an error whose code');
  });
});

it('a code of several kinds is one line with all of them', () => {
  const page = errorPage([
    { code: 'failed', kind: 'transient', message: 'It broke', hint: undefined },
    { code: 'failed', kind: 'config', message: 'It | broke', hint: 'Mend it.' },
  ]);
  expect(page).toContain('| `failed` | config, transient | It broke / It \\| broke | Mend it. |');
});
