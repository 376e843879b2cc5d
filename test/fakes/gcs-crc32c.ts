/** CRC-32C (Castagnoli) as Google Cloud Storage writes it: big-endian, in base64. https://www.rfc-editor.org/rfc/rfc4960#appendix-B */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

export function crc32c(chunks: Iterable<Uint8Array>): string {
  let value = 0xffffffff;
  for (const chunk of chunks) {
    for (const byte of chunk) value = (TABLE[(value ^ byte) & 0xff] as number) ^ (value >>> 8);
  }
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE((value ^ 0xffffffff) >>> 0);
  return bytes.toString('base64');
}
