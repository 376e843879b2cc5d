/** What a role lacks to load a table, as the statements that somebody else must run. */
import { TidemillError } from '@tidemill/kit';
import type { TableName } from '../contract.ts';
import { postgres } from './dialect.ts';
import type { Session } from './session.ts';

/** What there is, and what the role may do with it. */
export interface Rights {
  readonly user: string;
  readonly database: string;
  readonly mayCreateSchemas: boolean;
  readonly mayUseTemporaryTables: boolean;
  /** Undefined when it is not there. */
  readonly schema: { readonly mayUse: boolean; readonly mayCreate: boolean } | undefined;
  readonly table: { readonly isOwned: boolean; readonly mayWrite: boolean } | undefined;
}

async function rightsTo(session: Session, { schema, name }: TableName): Promise<Rights> {
  const [schemaText, nameText] = [schema, name].map(postgres.literal);
  const [found = []] = await session.rows(`
    SELECT current_user, current_database(), has_database_privilege(current_database(), 'CREATE'),
      has_database_privilege(current_database(), 'TEMPORARY'), has_schema_privilege(n.oid, 'USAGE'),
      has_schema_privilege(n.oid, 'CREATE'), pg_has_role(c.relowner, 'USAGE'),
      has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
        AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE')
    FROM (SELECT 1) one
    LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = ${schemaText}
    LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = ${nameText}`);
  const [user, database, creates, temporary, mayUse, mayCreate, isOwned, mayWrite] = found;
  return {
    user: user ?? '',
    database: database ?? '',
    mayCreateSchemas: creates === 't',
    mayUseTemporaryTables: temporary === 't',
    schema: mayUse == null ? undefined : { mayUse: mayUse === 't', mayCreate: mayCreate === 't' },
    table: isOwned == null ? undefined : { isOwned: isOwned === 't', mayWrite: mayWrite === 't' },
  };
}

/** `rows`: the table is as it must be. `shape`: it is to be made or changed, which only its owner may. */
export function lackingFor(what: 'rows' | 'shape', rights: Rights, table: TableName): string[] {
  const { schema, user, database } = rights;
  const to = postgres.identifier(user);
  const full = postgres.table(table.schema, table.name);
  const [inDatabase, inSchema] = [postgres.identifier(database), postgres.identifier(table.schema)];
  const lacking: string[] = [];
  if (!rights.mayUseTemporaryTables) lacking.push(`GRANT TEMPORARY ON DATABASE ${inDatabase} TO ${to}`);
  if (schema === undefined && !rights.mayCreateSchemas) lacking.push(`GRANT CREATE ON DATABASE ${inDatabase} TO ${to}`);
  const isMade = what === 'shape' && rights.table?.isOwned !== true;
  if (schema?.mayUse === false || (isMade && schema?.mayCreate === false)) {
    lacking.push(`GRANT USAGE${isMade ? ', CREATE' : ''} ON SCHEMA ${inSchema} TO ${to}`);
  }
  if (rights.table === undefined) return lacking;
  if (isMade) lacking.push(`ALTER TABLE ${full} OWNER TO ${to}`);
  else if (!rights.table.mayWrite) lacking.push(`GRANT SELECT, INSERT, UPDATE, DELETE ON ${full} TO ${to}`);
  return lacking;
}

/** Throws kind `config`, with what to ask for, unless the role may do it. */
export async function checkRights(session: Session, what: 'rows' | 'shape', table: TableName): Promise<void> {
  const lacking = lackingFor(what, await rightsTo(session, table), table);
  if (lacking.length === 0) return;
  throw new TidemillError(
    'config',
    'postgres-rights',
    `The role may not load ${table.schema}.${table.name} in ${session.url}`,
    {
      hint: `Have the owner run: ${lacking.join('; ')}`,
    },
  );
}
