import { isPlaceholder } from '../../../lib/text.ts';

/** The key types that OpenSSH accepts in authorized_keys (sshd(8)). */
const types =
  /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com)$/;

/** In characters; a key of RSA with 16384 bits has 2,800, and options may precede it. */
const longest = 64 * 1024;

/** What is wrong with lines of authorized_keys; undefined: one at least is a key, and all are fine. */
export function objectionToKeys(text: string): string | undefined {
  if (text.length > longest) return 'it is longer than any SSH key';
  const lines = text.split(/\r?\n/).filter((line) => !/^\s*(#.*)?$/.test(line));
  if (lines.length === 0) return 'there is no SSH key in it';
  return lines.map(objectionToKey).find((objection) => objection !== undefined);
}

function objectionToKey(line: string): string | undefined {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(line))
    return 'it is a private key, which must stay secret; give the public key, from the .pub file';
  if (/^---- BEGIN SSH2/.test(line))
    return 'it is a key in the format of RFC 4716; convert it with: ssh-keygen -i -f FILE';
  const words = withoutOptions(line).trim().split(/\s+/);
  const [type = '', data = ''] = words;
  if (types.test(type)) {
    if (isPlaceholder(data)) return notFilledIn;
    return isBlob(data, type)
      ? undefined
      : `what follows ${type} is not a valid key; it may be truncated`;
  }
  if (isPlaceholder(line)) return notFilledIn;
  if (/^(~|\.{0,2}\/)/.test(line.trim()) || /\.pub$/.test(line.trim()))
    return 'it is the name of a file; give the line in that file, or use ssh_authorized_keys_local in YAML';
  if (type === 'ssh-dss') return 'sshd no longer accepts keys of the type ssh-dss';
  return 'it is not an SSH key of a known type, such as ssh-ed25519 AAAA…';
}

const notFilledIn = 'it is a placeholder that was not filled in';

/** Options may precede a key, separated by commas, with spaces only in double quotes. */
function withoutOptions(line: string): string {
  const trimmed = line.trim();
  if (types.test(/^\S*/.exec(trimmed)?.[0] ?? '')) return trimmed;
  const rest = /^(?:[^\s"]|"(?:[^"\\]|\\.)*")+\s+(.*)$/.exec(trimmed)?.[1] ?? '';
  return types.test(/^\S*/.exec(rest)?.[0] ?? '') ? rest : trimmed;
}

/** A key in base64: its type and numbers, each with its length before it (RFC 4253, section 6.6). */
function isBlob(base64: string, type: string): boolean {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return false;
  const bytes = Buffer.from(base64, 'base64');
  const fields: Buffer[] = [];
  let at = 0;
  while (at + 4 <= bytes.length) {
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) return false;
    fields.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return at === bytes.length && fields.length > 1 && fields[0]?.toString('latin1') === type;
}
