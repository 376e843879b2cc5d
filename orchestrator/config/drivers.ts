import { asTidemillError } from '@tidemill/kit';
import type { Driver, DriverSource } from '../drivers/manifest.ts';
import type { FaultList } from './faults.ts';
import { PackageName } from './fields.ts';
import type { YamlSource } from './yaml-source.ts';

const NAMES = ['global', 'drivers'];

/** The drivers a configuration may use: those of the packages it names, which come first for they were chosen, and our own. */
export function driversFor(source: YamlSource | undefined, from: DriverSource, faults: FaultList): Driver[] {
  const written = source?.at(NAMES);
  const named = (Array.isArray(written) ? written : []).flatMap((name, index) => {
    // What is no name is told by the check of the whole file.
    if (source === undefined || !PackageName.safeParse(name).success) return [];
    try {
      return [from.named(name)];
    } catch (thrown) {
      const { message, hint } = asTidemillError(thrown);
      faults.add(source.placeOf([...NAMES, index]), `global.drivers: ${message}`, () => hint);
      return [];
    }
  });
  return [...named, ...from.own()];
}
