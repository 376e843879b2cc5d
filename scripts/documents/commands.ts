/** `docs/commands.md`: a table of the commands, written by hand, and below it what `--help` of each says. */
import type { Command } from 'commander';
import type { Terminal } from '../../orchestrator/cli/host.ts';
import { buildProgram } from '../../orchestrator/cli/program.ts';
import type { GeneratedDocument } from './document.ts';
import { code, marked, page } from './markdown.ts';

const COLUMNS = 100;

/** The command line as it describes itself: none of its commands can be run. */
export function describedProgram(write: (text: string) => void): Promise<Command> {
  const output = { write, isLive: false, columns: COLUMNS };
  return buildProgram({ stdout: output, stderr: output } as Partial<Terminal> as Terminal, () => undefined);
}

export async function commandDocuments(root: string): Promise<GeneratedDocument[]> {
  let help = '';
  const program = await describedProgram((text) => {
    help += text;
  });
  const helpOf = (command: Command): string => {
    help = '';
    command.configureOutput({ getOutHelpWidth: () => COLUMNS, getOutHasColors: () => false }).outputHelp();
    return `\`\`\`text\n${help.trim()}\n\`\`\``;
  };
  const commands = program.commands.flatMap((command) => {
    return [`## ${code(`tidemill ${command.name()}`)}`, helpOf(command)];
  });
  const all = page(helpOf(program), ...commands).trimEnd();
  return [await marked(root, 'docs/commands.md', 'commands', all)];
}
