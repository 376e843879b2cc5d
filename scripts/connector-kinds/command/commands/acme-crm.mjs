// Contacts of Acme CRM: prints one JSON record a line, and how far it is. It needs nothing of Tidemill, and may be in any language.
//
//   node commands/acme-crm.mjs contacts      the records of a data type
//   node commands/acme-crm.mjs --discover    which data types there are, for `npx tidemill catalog collect acme_crm`
import { existsSync, readFileSync } from 'node:fs';

const DATA_SETS = [
  {
    name: 'contacts',
    description: 'Contacts as they are now.',
    columns: [
      { name: 'id', type: 'bigint' },
      { name: 'name', type: 'text' },
      { name: 'updated_at', type: 'timestamptz' },
    ],
    key: ['id'],
    capabilities: ['incremental', 'full'],
  },
];

/** Put your source in the place of this one, which needs no network: pages of contacts behind the one with this id, in its order. */
async function* pagesBehind(id) {
  const all = [1, 2, 3, 4, 5].map((n) => ({ id: n, name: `Contact ${n}`, updated_at: `2026-01-31T0${n}:00:00Z` }));
  const left = all.filter((contact) => contact.id > id);
  for (let at = 0; at < left.length; at += 2) yield left.slice(at, at + 2);
}

const print = (line) => process.stdout.write(`${line}\n`);

async function printContacts() {
  const { TIDEMILL_CHECKPOINT: checkpoint, TIDEMILL_CURSOR_FILE: file = '' } = process.env;
  // What the last checkpoint that was kept said; nothing in the first run, and where a person starts this by hand.
  const cursor = existsSync(file) ? readFileSync(file, 'utf8') : '';
  for await (const contacts of pagesBehind(Number(cursor))) {
    for (const contact of contacts) print(JSON.stringify(contact));
    // Every contact up to this id is printed: the next run, and one that was killed, goes on there.
    if (checkpoint !== undefined) print(`${checkpoint} cursor ${contacts.at(-1).id}`);
  }
}

const [dataType] = process.argv.slice(2);
if (dataType === '--discover') for (const set of DATA_SETS) print(JSON.stringify(set));
else if (dataType === 'contacts') await printContacts();
else {
  process.stderr.write(`There is no data type ${dataType}: ${DATA_SETS.map(({ name }) => name).join(', ')}\n`);
  // 78: the configuration is wrong. 75 asks for another try, 77 says that credentials are refused.
  process.exitCode = 78;
}
