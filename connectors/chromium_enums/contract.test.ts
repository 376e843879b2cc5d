import { connectorContract } from '../../test/contracts/connector.ts';
import { fileSource } from '../../test/fakes/file-source.ts';

type Values = Readonly<Record<string, string>>;

const xml = (features: Values, more = ''): string => `<!-- Which histograms count what. -->
<histogram-configuration>
<enums>
<enum name="CanvasOp">
  <int value="-1" label="None (should have
      0 counts) &amp; never has"/>
</enum>
<enum name="WebDXFeatureObserver">
<!-- Generated. -->
${Object.entries(features)
  .map(([value, label]) => `  <int value="${value}" label="${label}"/>`)
  .join('\n')}
${more}</enum>
</enums>
</histogram-configuration>
`;

const first = xml({ 0: 'PageVisits', 1: 'CompressionStreams', 2: 'DRAFT_Masonry', 201: 'Canvas2d' });
const later = xml({ 0: 'PageVisits', 1: 'CompressionStreams', 2: 'Masonry', 202: 'OBSOLETE_Canvas_2d' });

await connectorContract<string>('chromium_enums', {
  module: new URL('./index.ts', import.meta.url),
  open: () =>
    fileSource({
      path: '/enums.xml?format=TEXT',
      contentType: 'text/plain; charset=UTF-8',
      bytesOf: (contents) => Buffer.from(contents).toString('base64'),
    }),
  streams: {
    enum_values: {
      first: { contents: first, rows: 5 },
      later: { contents: later, rows: 5 },
      malformed: {
        contents: first.replace('</enum>\n</enums>', '<int value="x" label="Odd"/></enum>\n</enums>'),
        rows: 5,
      },
      paged: 'one request',
      cut: first.slice(0, first.indexOf('</enums>')),
    },
  },
});
