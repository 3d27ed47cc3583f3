import { statSync } from 'node:fs';
import { join } from 'node:path';
import { buildMiniCoreos } from '../mini-coreos/build.ts';
import { chooseAccelerator, useAccelerator } from './accelerator.ts';
import { dist } from './medium.ts';
import { beginSummary, readSummary } from './scenario.ts';
import { scenariosWanted } from './scenario-test.ts';
import { measureStart } from './start.ts';

/** The largest sizes of the media, in MB. */
const media = [
  ['installer.iso', 120],
  ['pxe/initramfs.img', 80],
] as const;

/**
 * Chooses the accelerator and builds the test operating system, once; prints at the end what each
 * scenario took.
 */
export default async function setup(): Promise<() => void> {
  const wanted = scenariosWanted();
  console.log(`The scenarios: ${wanted === 'core' ? 'the core' : 'all'}`);
  const choice = await chooseAccelerator(process.env['ACCEL']);
  console.log(`QEMU uses ${choice.accelerator.toUpperCase()}: ${choice.reason}`);
  useAccelerator(choice);
  await buildMiniCoreos();
  beginSummary();
  await measureStart();
  return () => {
    for (const scenario of readSummary()) {
      const { name, passed, seconds, silentSeconds, peakMemoryMib, startSeconds } = scenario;
      const time = `${seconds.toFixed(1)} s`.padStart(8);
      const memory = `${peakMemoryMib} MiB`.padStart(9);
      const silence = `silent for ${silentSeconds.toFixed(1)} s`.padStart(18);
      console.log(`${passed ? 'ok  ' : 'FAIL'} ${time} ${memory} ${silence}  ${name}`);
      if (startSeconds !== undefined) {
        console.log(
          `${startSeconds.toFixed(1)} s, of 15, from the kernel to the installer's first line`,
        );
      }
    }
    for (const [file, limitMb] of media) {
      const sizeMb = statSync(join(dist, file)).size / 1e6;
      console.log(`${sizeMb.toFixed(1)} MB, of at most ${limitMb}  ${file}`);
    }
  };
}
