import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { writeError } from '../../download/write-error.ts';
import { ParameterError } from '../../lib/errors.ts';
import { shellQuote } from '../../lib/text.ts';
import { hashToken, isToken, newToken } from '../rule/tokens.ts';

/** Of each token a file with the SHA-256 in hex; the token's name is the file's. `state` is in the fleet's directory. */
const directoryIn = (state: string) => join(state, 'operators');

/**
 * Makes a token for the page's actions, and returns it: only its digest is stored. Throws a
 * `ParameterError` for a name that is taken, or cannot be one; and `WriteError`.
 */
export function createOperatorToken(state: string, name = 'operator'): string {
  if (!/^\w[\w.@-]{0,63}$/.test(name))
    throw refused(name, 'it must be one word of at most 64 letters', 'Choose another name.');
  const token = newToken();
  const directory = directoryIn(state);
  const path = join(directory, name);
  try {
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    const digest = hashToken(token).toString('hex');
    fs.writeFileSync(path, `${digest}\n`, { flag: 'wx', mode: 0o600, flush: true });
    // The server that reads it need not be root, who may have run this.
    const { uid, gid } = fs.statSync(state);
    if (process.geteuid?.() === 0) for (const own of [directory, path]) fs.chownSync(own, uid, gid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw writeError(path, error);
    throw refused(name, 'there is one with this name', 'Revoke it first, or choose another name.');
  }
  return token;
}

export interface OperatorToken {
  readonly name: string;
  /** Of the file. */
  readonly createdMs: number;
}

/** Throws a `ParameterError` for a user who must not know them. */
export function listOperatorTokens(state: string): OperatorToken[] {
  return namesIn(state).flatMap((name) => {
    // It may be revoked at this moment.
    const stats = fs.statSync(join(directoryIn(state), name), { throwIfNoEntry: false });
    return stats === undefined ? [] : [{ name, createdMs: stats.mtimeMs }];
  });
}

function namesIn(state: string): string[] {
  const directory = directoryIn(state);
  try {
    return fs.readdirSync(directory).toSorted();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    const next = 'Run this as root, or as the user of the server.';
    const failed = `Cannot read ${directory}`;
    throw new ParameterError({ code: 'not-root', failed, why: message, next });
  }
}

export function revokeOperatorToken(state: string, name: string): void {
  if (!namesIn(state).includes(name))
    throw refused(
      name,
      'there is none with this name',
      `List all with: coreos-provision token list ${shellQuote(dirname(state))}`,
    );
  fs.rmSync(join(directoryIn(state), name));
}

/** The name of a token, or undefined for one that is none. Takes the same time for every text. */
export function findOperator(state: string, token: string): string | undefined {
  const found = namesIn(state).filter((name) => {
    const sha256 = readDigest(join(directoryIn(state), name));
    return /^[0-9a-f]{64}$/.test(sha256) && isToken(token, Buffer.from(sha256, 'hex'));
  });
  return found[0];
}

/** One that cannot be read is no token, and keeps no other one from its use. */
function readDigest(path: string): string {
  try {
    return fs.readFileSync(path, 'latin1').trim();
  } catch {
    return '';
  }
}

function refused(name: string, why: string, next: string): ParameterError {
  const failed = `Cannot use the token ${JSON.stringify(name)}`;
  return new ParameterError({ code: 'operator-token-invalid', failed, why, next });
}
