/** A path as systemd names a unit for it (systemd.unit(5), "String escaping for inclusion"). */
export function unitNameOfPath(path: string): string {
  const trimmed = path.replace(/\/+/g, '/').replace(/^\/|\/$/g, '');
  if (trimmed === '') return '-';
  return [...Buffer.from(trimmed).toString('latin1')]
    .map((character, index) => {
      if (character === '/') return '-';
      const plain = index === 0 ? /[a-zA-Z0-9:_]/ : /[a-zA-Z0-9:_.]/;
      if (plain.test(character)) return character;
      return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
    })
    .join('');
}
