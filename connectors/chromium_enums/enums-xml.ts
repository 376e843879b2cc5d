/**
 * The values in Chromium's enums.xml, as its server hands it out: base64 text of XML.
 * https://chromium.googlesource.com/chromium/src/+/main/tools/metrics/histograms/README.md#enum-histograms
 */
import { parseXml, XmlElement, XmlError } from '@rgrove/parse-xml';
import { TidemillError } from '@tidemill/kit';

export interface EnumValue {
  readonly enum: string;
  readonly value: string;
  readonly label: string;
}

/** The use counters of web features. A file without them is not the one that is meant. */
export const WEB_FEATURES = 'WebDXFeatureObserver';

/** Throws kind `source-changed` for any other text. An entity that XML itself does not know is a fault: nothing is looked up elsewhere. */
export function readEnums(bytes: Buffer): readonly EnumValue[] {
  const root = rootOf(decoded(bytes));
  const values = children(root, 'enums')
    .flatMap((enums) => children(enums, 'enum'))
    .flatMap((one) => children(one, 'int').map((int) => enumValue(one, int)));
  if (!values.some((value) => value.enum === WEB_FEATURES)) throw changed(`it has no values of ${WEB_FEATURES}`);
  return values;
}

/** Line breaks in a label are there to keep lines short. */
const enumValue = (one: XmlElement, { attributes: { value = '', label = '' } }: XmlElement): EnumValue => ({
  enum: one.attributes['name'] ?? '',
  value,
  label: label.replace(/\s+/g, ' '),
});

const children = (element: XmlElement, name: string): XmlElement[] =>
  element.children.filter((child): child is XmlElement => child instanceof XmlElement && child.name === name);

function decoded(bytes: Buffer): string {
  const text = bytes.toString('latin1').trim();
  if (!/^[A-Za-z0-9+/\s]+={0,2}$/.test(text)) throw changed('it is not base64');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'base64'));
  } catch {
    throw changed('it is not UTF-8');
  }
}

function rootOf(text: string): XmlElement {
  try {
    const { root } = parseXml(text);
    if (root?.name === 'histogram-configuration') return root;
  } catch (error) {
    if (error instanceof RangeError) throw changed('it is nested too deep');
    if (!(error instanceof XmlError)) throw error;
    throw changed(`it is not XML, line ${error.line}`);
  }
  throw changed('it is not a configuration of histograms');
}

const changed = (what: string): TidemillError =>
  new TidemillError('source-changed', 'file-contents', `enums.xml has another shape: ${what}`, {
    hint: 'Nothing was kept or deleted. If it stays so, the connector must learn the new shape.',
  });
