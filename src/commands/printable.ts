/**
 * Text that a disk, a server or a file brought, fit for a terminal: control characters, which could
 * move the cursor or hide a line, become question marks.
 */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
}
