/**
 * The text of a URL with the password in it replaced by `***`; anything else comes back as it is.
 * Fit for screens and logs. A URL too broken to parse is masked generously.
 *
 * @example maskUrl('http://core:secret@192.0.2.100/x') // 'http://core:***@192.0.2.100/x'
 */
export function maskUrl(url: string): string {
  const broken = /^([a-z][a-z0-9+.-]*:\/*[^/?#\\:@]*):.*@/is;
  if (!URL.canParse(url)) return url.replace(broken, '$1:***@');
  if (new URL(url).password === '') return url;
  return url.replace(/^(\s*[a-z][a-z0-9+.-]*:[/\\]*[^/?#\\:@]*):[^/?#\\]*@/i, '$1:***@');
}

/**
 * A text with every URL in it masked, also of what follows a `?`, for tokens stand there. Fit for a
 * file that is handed to others.
 */
export function maskUrlsIn(text: string): string {
  return text.replaceAll(/[a-z][a-z0-9+.-]*:\/\S+/gi, (url) =>
    maskUrl(url).replace(/\?.+/, '?***'),
  );
}
