/**
 * Manufacturers leave these texts where a serial number or a name should be. No machine is identified
 * by one of them.
 */
export function isFiller(text: string): boolean {
  return words.test(text.trim()) || isFillerUuid(text.trim());
}

const words =
  /^(|-+|n\/?a|none|null|empty|unknown|invalid|0+|f{8,}|x+|0?123456789(0|abcdef)?|default[ _]string|to be filled by o\.?e\.?m\.?|not (available|specified|applicable)|(system|chassis|base ?board) (serial number|product name|manufacturer))$/i;

/**
 * Whether many machines have this UUID: firmware has it where nobody wrote another one. SMBIOS before 2.6
 * does not say in which order the bytes of its first three parts are, so that the same value is seen in
 * two forms (DMTF DSP0134, section 7.2.1).
 */
export function isFillerUuid(text: string): boolean {
  const uuid = text.toLowerCase();
  const isOneByte = /^([0-9a-f]{2})\1{3}-(\1{2}-){3}\1{6}$/.test(uuid);
  return isOneByte || shared.has(uuid) || shared.has(inOtherOrder(uuid));
}

const shared: ReadonlySet<string> = new Set([
  '03000200-0400-0500-0006-000700080009',
  '00010203-0405-0607-0809-0a0b0c0d0e0f',
  '12345678-1234-5678-90ab-cddeefaabbcc',
  '12345678-1234-1234-1234-123456789abc',
  '11111111-2222-3333-4444-555555555555',
  'deadbeef-dead-beef-dead-beefdeadbeef',
]);

function inOtherOrder(uuid: string): string {
  const [first = '', second = '', third = '', ...rest] = uuid.split('-');
  const turned = [first, second, third].map((part) => part.match(/../g)?.toReversed().join(''));
  return [...turned, ...rest].join('-');
}
