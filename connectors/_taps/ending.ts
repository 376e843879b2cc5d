/** How a bridge ends: an exit code of sysexits.h that the orchestrator knows, and as its last line what has happened. */
import { asTidemillError, type ErrorKind } from '@tidemill/kit';
import { tell, type World } from './world.ts';

/** https://man.freebsd.org/cgi/man.cgi?query=sysexits; see `orchestrator/run/extract/command.ts`. */
const CODES: Readonly<Record<ErrorKind, number>> = {
  config: 78,
  auth: 77,
  quota: 75,
  transient: 75,
  'source-changed': 1,
  bug: 1,
};

/** The exit code; never rejects. */
export async function answering(bridge: (world: World) => Promise<void>, world: World): Promise<number> {
  try {
    await bridge(world);
    return 0;
  } catch (thrown) {
    const { kind, message, hint } = asTidemillError(thrown);
    tell(world, hint === undefined ? message : `${message}. ${hint}`);
    return CODES[kind];
  }
}
