/** `spanner://PROJECT/INSTANCE/DATABASE`. */
import { TidemillError } from '@tidemill/kit/errors';

export interface Place {
  readonly project: string;
  readonly instance: string;
  readonly database: string;
  /** For people. */
  readonly url: string;
  /** As the API has it. */
  readonly name: string;
}

/** https://cloud.google.com/resource-manager/docs/creating-managing-projects; older ones are `example.com:project`. */
const PROJECT = /^([a-z0-9.-]+:)?[a-z][a-z0-9-]{1,28}[a-z0-9]$/;
/** https://cloud.google.com/spanner/docs/create-manage-instances */
const INSTANCE = /^[a-z][a-z0-9-]{0,62}[a-z0-9]$/;
/** https://cloud.google.com/spanner/docs/create-manage-databases */
const DATABASE = /^[a-z][a-z0-9_-]{0,28}[a-z0-9]$/;

/** Throws kind `config` for what is no location of a database. */
export function parseLocation(location: string): Place {
  const [, project = '', instance = '', database = ''] =
    /^spanner:\/\/([^/?#]*)\/([^/?#]*)\/([^/?#]*)\/?$/.exec(location) ?? [];
  if (!PROJECT.test(project) || !INSTANCE.test(instance) || !DATABASE.test(database)) {
    throw new TidemillError('config', 'spanner-location', `"${location}" names no database of Spanner`, {
      hint: 'Write spanner://PROJECT/INSTANCE/DATABASE, in the small letters that they are called by.',
    });
  }
  return {
    ...{ project, instance, database },
    url: `spanner://${project}/${instance}/${database}`,
    name: `projects/${project}/instances/${instance}/databases/${database}`,
  };
}
