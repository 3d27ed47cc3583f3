/** Whether a config is YAML that says what it is, as all Fedora CoreOS Configs do. */
export function isYamlConfig(bytes: Uint8Array): boolean {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 65536));
  return /^(\xef\xbb\xbf)?(["']?)variant\2[ \t]*:/m.test(start) && !/^\s*[{[<]/.test(start);
}
