import { outputError, replaceOutput } from '../../lib/output-file.ts';

/** Writes a text to standard output, or in place of a file. Throws `WriteError`. */
export async function writeOutput(path: string | undefined, text: string): Promise<void> {
  if (path !== undefined) return await replaceOutput(path, [Buffer.from(text)]);
  await new Promise<void>((resolve, reject) => {
    process.stdout.once('error', reject);
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  }).catch((error) => {
    throw outputError('to standard output', error);
  });
}
