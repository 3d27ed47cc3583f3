/** Whether a config is YAML that says what it is, as all Fedora CoreOS Configs do. */
export function isYamlConfig(bytes: Uint8Array): boolean {
  const start = new TextDecoder().decode(bytes.subarray(0, 65536));
  // Spaces other than ASCII's are a mistake that is reported for YAML.
  return /^[^\S \t\n]*(["']?)variant\1\s*:/m.test(start) && !/^\s*[{[<]/.test(start);
}
