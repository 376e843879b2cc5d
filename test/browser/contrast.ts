/**
 * An expression that answers, of every kind of text in the page, how it stands out from what is behind it:
 * https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
 */
export const contrastOf = `(() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const over = ([r, g, b, a = 1], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a)];
  const linear = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const behind = (element) => {
    if (element === null) return [255, 255, 255];
    const own = channels(getComputedStyle(element).backgroundColor);
    return own[3] === 0 ? behind(element.parentElement) : over(own, behind(element.parentElement));
  };
  const ratioOf = (element, colour) => {
    const back = behind(element);
    const [light, dark] = [luminance(over(channels(colour), back)), luminance(back)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const seen = new Map();
  for (const element of document.querySelectorAll('body *')) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '');
    const isMark = getComputedStyle(element, '::before').content !== 'none' && element.matches('td, .legend span');
    if (!element.checkVisibility() || element.matches('i, .skip, script, style') || !(hasText || isMark)) continue;
    const style = getComputedStyle(element);
    const colour = element.closest('svg') ? style.fill : style.color;
    const name = [element.localName, element.className.baseVal ?? element.className, colour].join(' ').trim();
    const ratio = Math.round(ratioOf(element, colour) * 100) / 100;
    if (!(seen.get(name)?.ratio <= ratio)) seen.set(name, { name, ratio, text: element.textContent.slice(0, 20) });
  }
  return { background: getComputedStyle(document.body).backgroundColor, texts: [...seen.values()] };
})()`;
