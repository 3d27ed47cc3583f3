/** Warns when Fedora probably has newer keys than those that are built into the program. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readPublicKeys } from '../src/verify/public-keys.ts';
import { root } from './lib/paths.ts';
import { describeAge } from './lib/publishers-keys.ts';

const keys = readPublicKeys(await readFile(join(root, 'keys/fedora.asc')));
const old = describeAge(keys, new Date());
if (old !== undefined) console.warn(`\nWARNING: ${old}\n`);
