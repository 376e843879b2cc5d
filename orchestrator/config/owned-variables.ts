/** Which variables belong to services, as the workflow and the processes it starts tell each other. Pure. */

/** A variable that runs read, and the services whose runs may. */
export interface OwnedVariable {
  readonly name: string;
  readonly services: readonly string[];
}

/**
 * What every machine has, whatever its secrets; whoever took it away could start no program. No secret can be called `GITHUB_…`, and a
 * runner says of itself: https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables
 */
const OF_THE_MACHINE =
  /^(CI|HOME|LANG|PATH|SHELL|TMPDIR|USER|GITHUB_(?!TOKEN$).*|RUNNER_(ARCH|DEBUG|ENVIRONMENT|NAME|OS|TEMP|TOOL_CACHE|TRACKING_ID|WORKSPACE))$/;

export const isOfTheMachine = (name: string): boolean => OF_THE_MACHINE.test(name);

/** `NAME=service+service`, as `ownersIn` reads it. */
export const ownersText = (owned: readonly OwnedVariable[]): string[] =>
  owned.map(({ name, services }) => `${name}=${services.join('+')}`);

/** Of a text with such words, separated by blanks. */
export const ownersIn = (text: string): OwnedVariable[] =>
  text.split(/\s+/).flatMap((word) => {
    const [name = '', services = ''] = word.split('=');
    return name === '' ? [] : [{ name, services: services.split('+') }];
  });
