import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Runs all scripts in one `grub-emu`; each gives the list of words of what it has left in
 * `ignition_network_kcmdline`, read as script again.
 */
export function evaluate(scripts: string[]): string[][] {
  const directory = mkdtempSync(join(tmpdir(), 'grub-'));
  try {
    const lines = [
      'insmod eval',
      'insmod regexp',
      'function words { for w in "$@"; do echo "[[$w]]"; done; }',
    ];
    scripts.forEach((script, i) => {
      writeFileSync(join(directory, `${i}.cfg`), script);
      lines.push('set ignition_network_kcmdline=', `source "$prefix/${i}.cfg"`, 'echo "<>"');
      lines.push('eval "words first $ignition_network_kcmdline"');
    });
    writeFileSync(join(directory, 'grub.cfg'), `${lines.join('\n')}\necho "<>"\nexit\n`);
    const output = execFileSync('grub-emu', ['-d', directory], {
      encoding: 'utf8',
      env: { ...process.env, TERM: 'dumb' },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 20_000,
    });
    return output
      .replaceAll('\r', '')
      .split('<>\n')
      .slice(1, -1)
      .map((part) => [...part.matchAll(/^\[\[(.*)\]\]$/gm)].map(([, word = '']) => word).slice(1));
  } finally {
    rmSync(directory, { recursive: true });
  }
}
