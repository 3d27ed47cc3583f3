const size = { fontPx: 13, linePx: 18, marginPx: 16, barPx: 28, charPx: 7.83 };
const escapeCode = String.fromCharCode(27);
const boldOn = `${escapeCode}[1m`;
const otherEscapes = new RegExp(`${escapeCode}\\[[0-9;]*m`, 'g');

/**
 * Draws the output of a command as a picture of a terminal with `columns` columns: SVG. Of the escape
 * sequences only bold is supported; the others are removed.
 */
export function terminalPicture(title: string, text: string, columns: number): string {
  const lines = text
    .trim()
    .split('\n')
    .flatMap((line) => wrapped(line, columns));
  const widthPx = Math.ceil(columns * size.charPx + 2 * size.marginPx);
  const heightPx = size.barPx + lines.length * size.linePx + 2 * size.marginPx;
  const rows = lines.map((line, index) => {
    const y = size.barPx + size.marginPx + (index + 0.75) * size.linePx;
    const bold = line.startsWith(boldOn);
    const style = bold ? ' font-weight="bold" fill="#ffffff"' : '';
    return `<text x="${size.marginPx}" y="${y}"${style} xml:space="preserve">${escaped(line)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="${size.fontPx}" fill="#d4d4d4">
<rect width="100%" height="100%" rx="8" fill="#1e1e1e"/>
<text x="${size.marginPx}" y="19" fill="#9a9a9a">${escaped(title)}</text>
${rows.join('\n')}
</svg>
`;
}

function wrapped(line: string, columns: number): string[] {
  const start = line.startsWith(boldOn) ? boldOn : '';
  const plain = line.replaceAll(otherEscapes, '');
  const pieces = plain.match(new RegExp(`.{1,${columns}}`, 'gu')) ?? [''];
  return pieces.map((piece) => start + piece);
}

function escaped(line: string): string {
  return line
    .replaceAll(otherEscapes, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
