/**
 * What `blkid --output export` prints: `KEY=value` lines, with a backslash before what is special to a
 * shell, and an empty line after each device.
 */
export function parseBlkidExport(text: string): ReadonlyMap<string, string>[] {
  return text
    .split(/\n\n+/)
    .map((block) => new Map(block.split('\n').flatMap(parseLine)))
    .filter((device) => device.size > 0);
}

function parseLine(line: string): (readonly [key: string, value: string])[] {
  const equals = line.indexOf('=');
  return equals < 0
    ? []
    : [[line.slice(0, equals), line.slice(equals + 1).replaceAll(/\\(.)/g, '$1')]];
}
