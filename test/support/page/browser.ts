import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Debian's and Fedora's names of it. */
const programs = ['/usr/bin/chromium', '/usr/bin/chromium-browser'];

/** Chromium without a window. Its sandbox needs another user than root. */
export function startBrowser(): Promise<Browser> {
  const executablePath = programs.find((path) => existsSync(path));
  if (executablePath === undefined) throw new Error('chromium is not installed: make test-deps');
  return chromium.launch({
    executablePath,
    chromiumSandbox: process.geteuid?.() !== 0,
    // Containers often have a small /dev/shm.
    args: ['--disable-dev-shm-usage'],
  });
}
