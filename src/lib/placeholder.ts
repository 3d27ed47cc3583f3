/** What templates leave when nobody fills them in; no URL, key or hash contains these. */
const placeholder = /\$\{[^}]*\}|\{\{.*?\}\}|%\{[^}]*\}|\$\([^)]*\)|^<[^<>]*>$/;

/** Whether a short text is or contains a placeholder that a template should have filled in. */
export const isPlaceholder = (text: string) => placeholder.test(text.slice(0, 4096));
