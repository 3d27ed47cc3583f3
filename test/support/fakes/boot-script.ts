/** What a loader does with a script of the server. */
export type Told =
  | {
      readonly kind: 'install';
      readonly kernelUrl: string;
      readonly initramfsUrl: string;
      /** The kernel arguments by their names. */
      readonly args: ReadonlyMap<string, string>;
    }
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'disk' };

/**
 * Reads the answer to `/ipxe` as iPXE runs it: up to the first command that takes the machine somewhere.
 * Throws for a script that iPXE could not run.
 */
export function readBootScript(script: string): Told {
  const [first, ...lines] = script.split('\n');
  if (first !== '#!ipxe') throw new Error(`not a script: ${JSON.stringify(script.slice(0, 80))}`);
  const commands = lines.filter((line) => !/^(echo |imgfree$|$)/.test(line));
  const [command = '', next = ''] = commands;
  if (command.startsWith('sleep ')) return { kind: 'wait', seconds: Number(command.slice(6)) };
  if (/^(exit|iseq .* sanboot) ?/.test(command)) return { kind: 'disk' };
  const [, kernelUrl, rest = ''] = /^kernel (http\S+) (.*) \|\| goto failed$/.exec(command) ?? [];
  const [, initramfsUrl] = /^initrd --name \S+ (http\S+) \|\| goto failed$/.exec(next) ?? [];
  if (kernelUrl === undefined || initramfsUrl === undefined)
    throw new Error(`a script that boots nothing: ${script}`);
  const words = rest.match(/"[^"]*"|\S+/g) ?? [];
  const args = words.map((word) => /^"?([^=]*)=?(.*?)"?$/.exec(word)?.slice(1) as [string, string]);
  return { kind: 'install', kernelUrl, initramfsUrl, args: new Map(args) };
}

/** By what a machine is recognised, in iPXE's names of its settings. */
export type Settings = Readonly<Record<string, string>>;

/** The URL that `boot.ipxe` asks, from where it was fetched; settings that the machine lacks are empty. */
export function askedBy(bootScript: string, fetchedFrom: string, settings: Settings): string {
  const template = /^chain .*?(\S*ipxe\?\S*)/m.exec(bootScript)?.[1];
  if (template === undefined) throw new Error(`a boot.ipxe that asks nothing: ${bootScript}`);
  const asked = template.replace(/\$\{([\w/]+)(?::(\w+))?\}/g, (_, name: string, type = '') => {
    const value = settings[name.replace(/^.*\//, '')] ?? '';
    return type === 'hexhyp' ? value.replaceAll(':', '-') : encodeURIComponent(value);
  });
  return new URL(asked, fetchedFrom).href;
}
