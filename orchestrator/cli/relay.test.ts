import fc from 'fast-check';
import { expect, it } from 'vitest';
import { relay } from './relay.ts';

/** What is heard of these pieces: lines of the log, and commands. */
function heard(pieces: readonly string[], isOnActions = true): { readonly log: string; readonly commands: string } {
  const log: string[] = [];
  const commands: string[] = [];
  const command = (line: string): void => void commands.push(line);
  const { hear, end } = relay('leg', {
    text: (line) => void log.push(line),
    command: isOnActions ? command : undefined,
  });
  for (const piece of pieces) hear(piece);
  end();
  return { log: log.join(''), commands: commands.join('') };
}

it('puts the name before each line, the last included, and hands commands on as they are', () => {
  const text = 'one\n::add-mask::a | b\n::error title=x%3A,line=3::of a%0Ajob\n\ntwo';
  expect(heard([text])).toEqual({
    log: 'leg | one\nleg | \nleg | two\n',
    commands: '::add-mask::a | b\n::error title=x%3A,line=3::of a%0Ajob\n',
  });
});

it('lets no line be a command that is none of ours, or that the runner does not take for one', () => {
  const lines = ['::stop-commands::x', '::set-output name=work::x', ' ::error::x', 'a ::error::x', '::error', '::::'];
  expect(heard([lines.join('\n')])).toEqual({ log: lines.map((line) => `leg | ${line}\n`).join(''), commands: '' });
  expect(heard(['::error::x'], false)).toEqual({ log: 'leg | ::error::x\n', commands: '' });
});

it('takes for the end of a line what the runner does: a line feed, a carriage return, or both', () => {
  const text = 'one\r::stop-commands::x\r\ntwo\r\r\n::error::y\r::warning::z\r\nend\r';
  const log = ['one', '::stop-commands::x', 'two', '', 'end'].map((line) => `leg | ${line}\n`).join('');
  expect(heard([text])).toEqual({ log, commands: '::error::y\n::warning::z\n' });
});

it('hears the same however the text is cut into pieces', () => {
  const line = fc.oneof(fc.constantFrom('::add-mask::x', '::error::y', '', ':', '\r', 'x\r'), fc.string());
  const check = fc.property(fc.array(line), fc.array(fc.nat({ max: 30 })), (lines, cuts) => {
    const text = lines.join('\n');
    const pieces: string[] = [];
    let rest = text;
    for (const cut of cuts) {
      pieces.push(rest.slice(0, cut));
      rest = rest.slice(cut);
    }
    expect(heard([...pieces, rest])).toEqual(heard([text]));
  });
  fc.assert(check, { seed: 20261129, numRuns: 500 });
});

it('holds no line without end in memory, and takes none of it for a command', () => {
  const mb = 'x'.repeat(1024 * 1024);
  const { log, commands } = heard([mb, 'x', mb, 'y', '::error::inside\n', 'next\n::error::real\n']);
  expect(log).toBe('leg | (a line of more than 1048576 characters)\nleg | next\n');
  expect(commands).toBe('::error::real\n');
});
