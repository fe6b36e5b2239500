// What of a page cannot be read or hit: texts of too little contrast (WCAG 2.2 AA, 1.4.3),
// targets that are too small (2.5.8), fields without a label (4.1.2), a page that is wider than
// its window (1.4.10).
() => {
  const found = [];
  const parse = (colour) => colour.match(/[\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = colour.map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const [r, g, b, alpha = 1] = parse(getComputedStyle(e).backgroundColor);
      if (alpha === 1) return [r, g, b];
      if (alpha > 0) found.push(`${e.tagName} is half transparent`);
    }
    return [255, 255, 255];
  };
  const shown = (element) => element.getClientRects().length > 0;
  for (const element of document.body.querySelectorAll("*")) {
    const says = [...element.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.textContent.trim());
    if ((!says && !element.matches("input, textarea")) || !shown(element)) continue;
    const style = getComputedStyle(element);
    const [one, other] = [light(parse(style.color)), light(ground(element))].sort((a, b) => b - a);
    const contrast = (one + 0.05) / (other + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if (contrast < (large ? 3 : 4.5)) found.push(`${element.outerHTML.slice(0, 80)}: contrast ${contrast.toFixed(2)}`);
  }
  for (const element of document.querySelectorAll("a, button, input, textarea")) {
    if (!shown(element) || element.type === "hidden") continue;
    const { width, height } = element.getBoundingClientRect();
    if (width < 24 || height < 24) found.push(`${element.outerHTML.slice(0, 80)}: ${width} x ${height}`);
    if (element.matches("input, textarea") && element.labels.length !== 1) found.push(`${element.name} has no label`);
  }
  if (document.documentElement.scrollWidth > innerWidth) found.push(`wider than the window: ${document.documentElement.scrollWidth}`);
  return found;
};
