/** `docs/commands.md`: what every command's `--help` says. */
import type { Command } from 'commander';
import type { Terminal } from '../../orchestrator/cli/host.ts';
import { buildProgram } from '../../orchestrator/cli/program.ts';
import type { GeneratedDocument } from './document.ts';
import { code, GENERATED, page } from './markdown.ts';

const COLUMNS = 100;

/** The command line as it describes itself: none of its commands can be run. */
export function describedProgram(write: (text: string) => void): Promise<Command> {
  const output = { write, isLive: false, columns: COLUMNS };
  return buildProgram({ stdout: output, stderr: output } as Partial<Terminal> as Terminal, () => undefined);
}

export async function commandDocuments(): Promise<GeneratedDocument[]> {
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
  const intro =
    'Run them as `npx tidemill …` in the project’s folder. Each of them also says all this itself, with `--help`.';
  return [
    {
      path: 'docs/commands.md',
      text: page('# Commands', GENERATED, intro, helpOf(program), ...commands),
    },
  ];
}
