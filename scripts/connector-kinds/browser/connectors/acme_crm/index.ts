import { connector, declaredIn } from '@tidemill/kit';
import manifest from './package.json' with { type: 'json' };
import { contacts } from './streams.ts';

export default connector({
  service: 'acme_crm',
  title: 'Acme CRM: contacts of a sales team, from its pages',
  homepage: 'https://acme-crm.example',
  credentials: declaredIn(manifest).credentials,
  baseUrl: 'https://app.acme-crm.example',
  streams: [contacts],
});
