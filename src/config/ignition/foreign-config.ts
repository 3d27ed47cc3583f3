/** What bytes are that are not JSON, and what to do about it. */
export type Foreign = readonly [message: string, next: string];

const checkFile = 'Check the file on the server.';

/** What users give by mistake instead of a config; undefined when it may be one. */
export function foreign(bytes: Uint8Array): Foreign | undefined {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 4096)).trimStart();
  if (bytes.length === 0) return ['it is empty', checkFile];
  if (bytes[0] === 0x1f && bytes[1] === 0x8b)
    return ['it is compressed with gzip', 'Serve it uncompressed.'];
  if (/^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)/.test(start)) {
    return [
      'it begins with a byte order mark, which Ignition does not accept',
      'Save it as UTF-8 without byte order mark.',
    ];
  }
  if (start === '' && bytes.length <= 4096) return ['it contains only white space', checkFile];
  if (/^<(!doctype|!--|html|head|\?xml)/i.test(start)) {
    return [
      'it is a web page',
      'Check the URL: the server may have answered with an error page or a login.',
    ];
  }
  if (start.startsWith('#cloud-config')) {
    return [
      'it is a cloud-config file for cloud-init',
      'Write a Fedora CoreOS Config instead: variant: fcos, version: 1.0.0, and so on.',
    ];
  }
  if (/^[a-z_]+:(\s|$)/im.test(start) && !/^[{["]/.test(start)) {
    return [
      'it is YAML',
      'Translate it into an Ignition config first: coreos-installer translate x.yaml > x.ign',
    ];
  }
  if (/^(eyJ|ewo|ewog|ewk|ew0K)[A-Za-z0-9+/=\s]*$/.test(start))
    return ['it is encoded as base64', 'Decode it first: base64 -d x.b64 > x.ign'];
  return undefined;
}
