import { describe, expect, it } from 'vitest';
import { readEnums } from './enums-xml.ts';

const base64 = (xml: string): Buffer => Buffer.from(Buffer.from(xml).toString('base64'));
const enums = (inner: string): string => `<histogram-configuration><enums>${inner}</enums></histogram-configuration>`;
const features = '<enum name="WebDXFeatureObserver"><int value="1" label="Grid"/></enum>';

describe('enums.xml', () => {
  it('is base64 of XML, whose labels may be long and have entities', () => {
    const long = '<enum name="Op"><int value="-1"\n  label="None (should\n      be 0) &lt;x&gt; &#233;"/></enum>';
    expect(readEnums(base64(enums(long + features)))).toEqual([
      { enum: 'Op', value: '-1', label: 'None (should be 0) <x> é' },
      { enum: 'WebDXFeatureObserver', value: '1', label: 'Grid' },
    ]);
  });

  const bomb = `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>${enums(features.replace('Grid', '&b;'))}`;
  const outside = `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>${enums(features.replace('Grid', '&a;'))}`;

  it.each([
    ['entities that it declares itself', base64(bomb), 'it is not XML, line 1'],
    ['an entity that lies elsewhere', base64(outside), 'it is not XML, line 1'],
    ['half of it', base64(enums(features).slice(0, -20)), 'it is not XML, line 1'],
    ['XML that is not encoded', Buffer.from(enums(features)), 'it is not base64'],
    ['elements without end', base64(`${'<a>'.repeat(1e5)}${'</a>'.repeat(1e5)}`), 'it is nested too deep'],
    ['a page', Buffer.from('<!doctype html>'), 'it is not base64'],
    ['nothing', Buffer.alloc(0), 'it is not base64'],
    ['bytes that are no text', Buffer.from(Buffer.from('fffe', 'hex').toString('base64')), 'it is not UTF-8'],
    ['other XML', base64('<enums/>'), 'it is not a configuration of histograms'],
    ['no counters of web features', base64(enums('')), 'it has no values of WebDXFeatureObserver'],
  ])('is refused as %s', (_, bytes, why) => {
    const message = `enums.xml has another shape: ${why}`;
    expect(() => readEnums(bytes)).toThrow(expect.objectContaining({ kind: 'source-changed', message }));
  });
});
