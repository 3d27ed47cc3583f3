import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/** What the container's web server answers. */
export const httpdPage = '<html><body><h1>It works!</h1></body></html>\n';

/** Makes the root file system of a container with a web server: one static program and a page. */
export async function makeHttpdImage(output: string): Promise<void> {
  const tree = `${output}.tree`;
  await mkdir(join(tree, 'bin'), { recursive: true });
  await mkdir(join(tree, 'www'));
  await cp('/bin/busybox', join(tree, 'bin/busybox'));
  await writeFile(join(tree, 'www/index.html'), httpdPage);
  await execa('tar', ['--create', '--file', output, '--directory', tree, '.']);
  await rm(tree, { recursive: true });
}
