import { isPlaceholder } from '../../../lib/text.ts';
import type { Warning } from '../finding.ts';
import type { Config } from '../schema/config.ts';
import { objectionToKeys } from './ssh-key.ts';

/** For a complete config only; one that is to be merged into another need not have logins. */
export const nobodyLogsIn =
  'nobody will be able to log in: no user has an SSH key or a password, and autologin is not configured';

/** Keys and passwords that do not work, and configs without any that do. */
export function* warningsOfLogins(config: Config): Generator<Warning> {
  for (const [index, user] of (config.passwd?.users ?? []).entries()) {
    const place = ['passwd', 'users', index];
    for (const [number, keys] of (user.sshAuthorizedKeys ?? []).entries()) {
      const objection = objectionToKeys(keys);
      if (objection !== undefined) yield [[...place, 'sshAuthorizedKeys', number], objection];
    }
    const objection = objectionToPassword(user.passwordHash);
    if (objection !== undefined) yield [[...place, 'passwordHash'], objection];
  }
  if (!canSomebodyLogIn(config)) yield [['passwd'], nobodyLogsIn];
}

/** As far as can be known: configs that are fetched may do anything. */
function canSomebodyLogIn(config: Config): boolean {
  const { ignition, passwd = {}, systemd = {}, storage = {} } = config;
  if (ignition.config?.merge?.length || ignition.config?.replace?.source) return true;
  const users = (passwd.users ?? []).filter(({ shouldExist }) => shouldExist !== false);
  if (users.some(hasKeyOrPassword)) return true;
  const texts = (systemd.units ?? []).flatMap(({ contents, dropins = [] }) => [
    contents,
    ...dropins.map((dropin) => dropin.contents),
  ]);
  if (texts.some((text) => text !== undefined && /autologin/i.test(text))) return true;
  return (storage.files ?? []).some(({ path }) =>
    /authorized_keys|getty@|^\/etc\/(passwd|shadow)$/.test(path),
  );
}

interface User {
  readonly sshAuthorizedKeys?: readonly string[] | undefined;
  readonly passwordHash?: string | undefined;
}

function hasKeyOrPassword({ sshAuthorizedKeys = [], passwordHash }: User): boolean {
  const password = passwordHash !== undefined && isPassword.test(passwordHash);
  return password || sshAuthorizedKeys.some((keys) => objectionToKeys(keys) === undefined);
}

/** The forms of crypt(5); what begins otherwise, such as `*` and `!`, matches no password. */
const isPassword = /^(\$[^${}\s]+\$\S+|_[./0-9A-Za-z]{19}|[./0-9A-Za-z]{13})$/;

function objectionToPassword(hash: string | undefined): string | undefined {
  if (hash === undefined || hash === '' || /^[*!]/.test(hash) || isPassword.test(hash))
    return undefined;
  // That is an error.
  if (/[:\n]/.test(hash)) return undefined;
  return isPlaceholder(hash)
    ? 'it is a placeholder that was not filled in'
    : 'it is not a password hash, such as mkpasswd writes: nobody can log in with it';
}
