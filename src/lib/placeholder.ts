/** What templates leave when nobody fills them in; no URL, key or hash holds such. */
const placeholder = /\$\{[^}]*\}|\{\{.*?\}\}|%\{[^}]*\}|\$\([^)]*\)|^<[^<>]*>$/;

/** Whether a short text is one that a template should have filled in, or holds such a place. */
export const isPlaceholder = (text: string) => placeholder.test(text.slice(0, 4096));
