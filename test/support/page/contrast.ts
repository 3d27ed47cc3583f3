import type { Page } from 'playwright-core';

/** Of an element with text: its colour, and those behind it, as CSS writes them. */
interface Seen {
  readonly name: string;
  readonly color: string;
  readonly backgrounds: readonly string[];
}

/** Runs in the page, hence as text: its types are not those of Node. */
const look = `(async () => {
  // A transition would show colours between the old and the new.
  await Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {})));
  const clear = 'rgba(0, 0, 0, 0)';
  const behind = (element) => {
    const { backgroundColor, backgroundImage } = getComputedStyle(element);
    if (backgroundImage !== 'none') return backgroundImage.match(/rgb\\([^)]*\\)/g);
    if (backgroundColor !== clear) return [backgroundColor];
    return element.parentElement ? behind(element.parentElement) : ['rgb(255, 255, 255)'];
  };
  const hasText = (element) => element.checkVisibility() && !element.disabled &&
    [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '');
  return [...document.body.querySelectorAll('*')].filter(hasText).map((element) => ({
    name: element.tagName + '.' + element.className + ' ' + element.textContent.slice(0, 20),
    color: getComputedStyle(element).color,
    backgrounds: behind(element),
  }));
})()`;

/**
 * All elements with text of their own whose contrast is below WCAG's 4.5:1, each with its ratio. Of a
 * gradient, each of its colours is a background.
 */
export async function lowContrast(page: Page): Promise<string[]> {
  const elements = await page.evaluate<readonly Seen[]>(look);
  if (elements.length === 0) throw new Error('There is no text.');
  return elements.flatMap(({ name, color, backgrounds }) => {
    const worst = Math.min(...backgrounds.map((one) => contrast(color, one)));
    return worst >= 4.5 ? [] : [`${name}: ${worst.toFixed(2)} (${color} on ${backgrounds})`];
  });
}

/** https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio */
function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: string): number {
  const parts = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(color);
  if (parts === null) throw new Error(`${color} is not an opaque colour`);
  const [red = 0, green = 0, blue = 0] = parts.slice(1).map((part) => {
    const value = Number(part) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
