/** A zip archive of the members, also with names that no sound tool would write. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
import { crc32, deflateRawSync } from 'node:zlib';

export type Member = readonly [name: string, content: string];

export function zipOf(members: readonly Member[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of members) {
    const facts = factsOf(name, content);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), facts.head, facts.name, facts.packed]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), facts.head, place, facts.name);
    files.push(local);
    offset += local.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, listed, end]);
}

/** What both headers of a member have: version, flags, method, time, checksum, sizes, lengths of names. */
function factsOf(name: string, content: string) {
  const packed = deflateRawSync(content);
  const head = Buffer.alloc(26);
  head.writeUInt16LE(20, 0);
  head.writeUInt16LE(8, 4);
  head.writeUInt32LE(crc32(content), 10);
  head.writeUInt32LE(packed.length, 14);
  head.writeUInt32LE(Buffer.byteLength(content), 18);
  head.writeUInt16LE(Buffer.byteLength(name), 22);
  return { head, packed, name: Buffer.from(name) };
}
