import * as v from 'valibot';
import type { IsoFile, IsoFileSystem } from './iso9660.ts';
import { damaged } from './medium-error.ts';

export const jsonLimitBytes = 64 * 1024;

/** A JSON file of an image. Throws `InputError` where it is not as the schema says. */
export async function parseJsonIn<Schema extends v.GenericSchema>(
  fs: IsoFileSystem,
  file: IsoFile,
  schema: Schema,
  name: string,
): Promise<v.InferOutput<Schema>> {
  return parseJson(
    (await fs.read(file, jsonLimitBytes)).toString('utf8'),
    schema,
    `${file.name} in it`,
    name,
  );
}

/** The same for a text; `what` names it in the message. */
export function parseJson<Schema extends v.GenericSchema>(
  text: string,
  schema: Schema,
  what: string,
  name: string,
): v.InferOutput<Schema> {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw damaged(name, `${what} is not valid JSON`);
  }
  const { success, output, issues } = v.safeParse(schema, data);
  if (success) return output;
  const [{ message }] = issues;
  throw damaged(name, `${what} is invalid: ${message}`);
}
