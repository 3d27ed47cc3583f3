import { exitCodes } from '../../lib/errors.ts';
import { say } from '../../ui/output.ts';
import type { ActionDone } from '../api.ts';
import type { Operation } from '../model.ts';
import { askServer, unlessRefused } from './ask-server.ts';
import { countOf } from './count-of.ts';

export interface OperateAsked {
  readonly kind: Operation['kind'];
  /** None: the fleet as a whole. */
  readonly machines: readonly string[];
  readonly why?: string;
  readonly directory: string;
}

const done = {
  hold: 'held',
  release: 'released',
  retry: 'tried again',
  reinstall: 'installed again when it boots',
  adopt: 'taken for installed',
} as const;

/** Prints what has changed. Of several machines, one that cannot be changed does not keep the others. */
export async function runOperate(asked: OperateAsked): Promise<number> {
  const { kind, machines, why, directory } = asked;
  const body = why === undefined ? {} : { why };
  const post = async (path: string) => await askServer<ActionDone>(directory, path, { body });
  if (machines.length === 0)
    return await unlessRefused(async () => {
      const changed = (await post(`/api/v1/${kind}`)).machines;
      say(`The fleet is ${done[kind]}: ${countOf(changed.length)}.`);
    });
  let exitCode: number = exitCodes.installed;
  for (const name of machines) {
    const code = await unlessRefused(async () => {
      await post(`/api/v1/machines/${encodeURIComponent(name)}/${kind}`);
      say(`${name}: ${done[kind]}`);
    });
    exitCode = Math.max(exitCode, code);
  }
  return exitCode;
}
