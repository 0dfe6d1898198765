// Rewrites the snippet of the embed page as its choices change.
const form = /** @type {HTMLFormElement} */ (document.getElementById('build'));
const snippet = /** @type {HTMLElement} */ (document.getElementById('snippet'));
const { src = '', integrity = '' } = snippet.dataset;

/** @param {string} value */
const quoted = (value) => `"${value.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"`;

function show() {
  const chosen = new FormData(form);
  const tag = [
    '<script type="module" async',
    `src=${quoted(src)}`,
    `integrity=${quoted(integrity)}`,
    'crossorigin',
    `data-site-key=${quoted(String(chosen.get('key') || 'pk_…'))}`,
  ];
  const mode = String(chosen.get('mode') || '');
  const place = mode ? [`<fact-check mode="${mode}"`] : tag;
  for (const name of ['lang', 'theme', 'position']) {
    const value = String(chosen.get(name) || '');
    if (value) place.push(mode ? `${name}=${quoted(value)}` : `data-${name}=${quoted(value)}`);
  }
  const script = `${tag.join(' ')}></script>`;
  snippet.textContent = mode ? `${script}\n${place.join(' ')}></fact-check>` : script;
}

form.addEventListener('input', show);
form.addEventListener('submit', (event) => event.preventDefault());
show();
