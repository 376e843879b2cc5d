import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';

const TERMINAL = new URL('./terminal.ts', import.meta.url).href;
const PROGRAM = `const { askHidden, askLine } = await import('${TERMINAL}');
const answers = [await askHidden('Key: '), await askLine('Sure? '), await askHidden('Other: ')];
process.stdout.write(JSON.stringify(answers));`;

/** Types each as its question comes. */
async function answersTo(typed: Readonly<Record<string, string>>): Promise<{ answers: unknown; shown: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], { stdio: 'pipe' });
  let shown = '';
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    shown += piece;
    for (const [question, answer] of Object.entries(typed)) if (piece.includes(question)) child.stdin.write(answer);
  });
  return { answers: JSON.parse(await text(child.stdout)), shown };
}

it('what is pasted in several lines is one answer, and none of the next question', async () => {
  const key = '{\n  "private_key": "-----BEGIN-----",\n\n  "id": 7\n}';
  const { answers, shown } = await answersTo({ 'Key: ': `${key}\n`, 'Sure? ': 'y\n', 'Other: ': 'half\nof it\n' });
  expect(answers).toEqual([key, 'y', 'half\nof it']);
  expect(shown).not.toContain('BEGIN');
});

it('an empty line is an empty answer', async () => {
  expect((await answersTo({ 'Key: ': '\n', 'Sure? ': '\n', 'Other: ': '\n' })).answers).toEqual(['', '', '']);
});
