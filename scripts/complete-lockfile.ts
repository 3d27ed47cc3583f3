/**
 * Run after `npm install`: if a registry lacks a package's build for another platform, npm leaves it
 * out of package-lock.json, and `npm ci` then rejects the whole file. Adds the missing entries, each
 * for its platform only; they are never installed on another one.
 */
import { readFileSync, writeFileSync } from 'node:fs';

interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8')) as { packages: Record<string, LockedPackage> };
const platform = /(aix|android|darwin|freebsd|linux|netbsd|openbsd|sunos|win32)-(arm64|arm|x64)/;

for (const [parent, { optionalDependencies = {}, dev = false }] of Object.entries(lock.packages)) {
  if (parent === '') continue;
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const key = `node_modules/${name}`;
    const [, os, cpu] = platform.exec(name) ?? [];
    if (key in lock.packages || os === undefined || cpu === undefined) continue;
    const only = { os: [os], cpu: [cpu] };
    lock.packages[key] = { version, ...(dev ? { dev } : {}), optional: true, ...only } as object;
    console.log(`added ${name}@${version}`);
  }
}
const sorted = Object.entries(lock.packages).toSorted(([a], [b]) => (a < b ? -1 : 1));
lock.packages = Object.fromEntries(sorted);
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
