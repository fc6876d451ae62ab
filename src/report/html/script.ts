// The script of the page: a filter over what was asked, and opening what a link leads to. Everything can be read without it.
// SAFETY: touches text and attributes of elements that are there, and makes no markup. A test tells its hash.

export const SCRIPT_HASH = 'sha256-i2Mc+23owXeTj9VgCKZ4BWYdBBRnX2iPLnWdDq8X/4I=';

export const SCRIPT = `for (const bar of document.querySelectorAll('[data-filter]')) {
  const items = [...document.getElementById(bar.dataset.filter).children];
  const [words, fate, output] = ['input', 'select', 'output'].map((name) => bar.querySelector(name));
  const texts = items.map((item) => item.textContent.toLowerCase());
  const show = () => {
    const wanted = words.value.toLowerCase().split(/\\s+/);
    let count = 0;
    items.forEach((item, index) => {
      const fits = (fate.value === '' || item.dataset.fate === fate.value) && wanted.every((word) => texts[index].includes(word));
      item.hidden = !fits;
      if (fits) count += 1;
    });
    output.textContent = count + ' of ' + items.length + ' attempts';
  };
  words.addEventListener('input', show);
  fate.addEventListener('input', show);
  for (const button of bar.querySelectorAll('button')) {
    button.addEventListener('click', () => {
      for (const item of items) if (!item.hidden) item.open = button.dataset.open === 'true';
    });
  }
  bar.hidden = false;
}
const openTarget = () => {
  const target = document.getElementById(location.hash.slice(1));
  if (target === null) return;
  target.hidden = false;
  for (let each = target; each !== null; each = each.parentElement) if (each.tagName === 'DETAILS') each.open = true;
  target.scrollIntoView();
};
addEventListener('hashchange', openTarget);
openTarget();
const opened = [];
addEventListener('beforeprint', () => {
  for (const item of document.querySelectorAll('details.finding:not([open])')) {
    item.open = true;
    opened.push(item);
  }
});
addEventListener('afterprint', () => {
  for (const item of opened.splice(0)) item.open = false;
});`;
