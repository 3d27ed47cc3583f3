/** A text for the console of a boot loader: what its script language could interpret is left out. */
export function shown(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9 .,:/_+()-]/g, '').slice(0, 200);
}
