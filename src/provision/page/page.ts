import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getAsset, isSea } from 'node:sea';

/** The page at `/`, with the headers that it is to be sent with. */
export interface Page {
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** From the asset `page.html` of the packaged program, or from the file next to this one. */
export function readPage(): Page {
  const html = isSea()
    ? getAsset('page.html', 'utf8')
    : readFileSync(join(import.meta.dirname, 'page.html'), 'utf8');
  return { html, headers: headersFor(html) };
}

/**
 * Nothing runs or is loaded but what is in the page, its own style included, and no text becomes
 * markup even by mistake (Trusted Types). Other sites cannot put the page into a frame.
 */
function headersFor(html: string): Record<string, string> {
  const policy = [
    "default-src 'none'",
    `script-src ${hashesOf('script', html)}`,
    `style-src ${hashesOf('style', html)}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ];
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy.join('; '),
    'cache-control': 'no-cache',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  };
}

function hashesOf(element: 'script' | 'style', html: string): string {
  const contents = html.matchAll(new RegExp(`<${element}>(.*?)</${element}>`, 'gs'));
  return [...contents]
    .map(([, content = '']) => `'sha256-${createHash('sha256').update(content).digest('base64')}'`)
    .join(' ');
}
