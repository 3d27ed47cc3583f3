/** Draws what a command printed: standard input to standard output, SVG. */
import { text } from 'node:stream/consumers';
import { terminalPicture } from './lib/terminal-picture.ts';

const [title = ''] = process.argv.slice(2);
process.stdout.write(terminalPicture(title, await text(process.stdin), 110));
