// The loader: defines <fact-check>, shows its button, and fetches the panel when it is first wanted.
/** @import { Options, Panel } from './types.js' */

const FILES = new URL('.', import.meta.url);
const ROOT = new URL('../../', import.meta.url);
const SCRIPT = [...document.querySelectorAll('script')].find((s) => s.src === import.meta.url);
const NAMES = ['site-key', 'lang', 'theme', 'position', 'mode', 'history', 'read', 'label'];

const STYLE = `
:host { all: initial !important; display: block !important; font-size: clamp(14px, 1rem, 24px) !important; color-scheme: light dark !important; }
:host([hidden]) { display: none !important; }
:host([theme="light"]) { color-scheme: light !important; }
:host([theme="dark"]) { color-scheme: dark !important; }
.launch {
  position: fixed; inset-block-end: max(1.25em, env(safe-area-inset-bottom)); inset-inline-end: 1.25em; z-index: 2147482999;
  display: inline-flex; align-items: baseline; gap: .5em; min-height: 2.9em; box-sizing: border-box; max-width: calc(100vw - 2.5em);
  padding: .8em 1.15em; border: 1px solid light-dark(#0b4f8a, #9ac4ee); border-radius: 4px; cursor: pointer;
  font: 600 1em/1.25 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif;
  color: var(--fc-on-link, light-dark(#fff, #10202f)); background: var(--fc-link, light-dark(#0b4f8a, #9ac4ee));
  box-shadow: 0 1px 2px #0003, 0 6px 20px #0002;
}
:host([position="start"]) .launch { inset-inline: 1.25em auto; }
.launch b { font-size: .82em; opacity: .85; }
.launch:focus-visible { outline: 3px solid light-dark(#0b4f8a, #9ac4ee); outline-offset: 3px; }
.launch[aria-busy="true"] { cursor: progress; }
.launch[hidden] { display: none; }
.failed { position: fixed; inset-block-end: 5em; inset-inline-end: 1.25em; margin: 0; padding: .8em 1em; font: .9em/1.4 system-ui, sans-serif; color: light-dark(#1c1b19, #ece9e2); background: light-dark(#fff, #201f1b); border: 1px solid; }
@media print { :host { display: none !important; } }
`;

class FactCheck extends HTMLElement {
  static observedAttributes = ['theme', 'lang'];
  /** @type {Promise<Panel> | null} */
  #panel = null;
  /** @type {Panel | null} */
  #ready = null;
  #root = this.attachShadow({ mode: 'open' });
  #button = document.createElement('button');

  constructor() {
    super();
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    this.#root.adoptedStyleSheets = [sheet];
    this.#button.type = 'button';
    this.#button.className = 'launch';
    this.#button.setAttribute('aria-haspopup', 'dialog');
    this.#button.addEventListener('click', () => (this.isOpen ? this.close() : this.open()));
  }

  connectedCallback() {
    for (const name of NAMES) {
      const given = SCRIPT?.getAttribute(`data-${name}`);
      if (given && !this.hasAttribute(name) && name !== 'mode') this.setAttribute(name, given);
    }
    if (this.#mode) {
      this.#load().catch(() => {});
    } else if (!this.#button.isConnected) {
      this.#say(this.getAttribute('label') ?? 'Ask');
      this.#root.append(this.#button);
      this.#label();
    }
  }

  disconnectedCallback() {
    // An element that is only moved is connected again at once.
    queueMicrotask(() => {
      if (!this.isConnected) this.#ready?.suspend();
    });
  }

  get isOpen() {
    return this.#ready?.isOpen ?? false;
  }

  /** Opens the panel. */
  async open() {
    (await this.#load()).open();
  }

  /** Closes the panel. */
  close() {
    this.#ready?.close();
  }

  /** Opens the panel and asks. @param {string} question */
  async ask(question) {
    const panel = await this.#load();
    panel.open();
    panel.ask(question);
  }

  /** Forgets the conversation. */
  reset() {
    this.#ready?.reset();
  }

  /** Stops and takes the element out of the page. */
  destroy() {
    this.#ready?.suspend();
    this.remove();
  }

  get #mode() {
    return this.getAttribute('mode') ?? '';
  }

  /** @returns {Options} */
  get #options() {
    return {
      root: ROOT,
      files: FILES,
      key: this.getAttribute('site-key') ?? '',
      mode: this.#mode,
      language: this.#language,
      history: this.getAttribute('history') ?? 'session',
      read: this.getAttribute('read') ?? '',
    };
  }

  get #language() {
    const near = /** @type {HTMLElement | null} */ (this.closest('[lang]'));
    return near?.lang || navigator.language || 'en';
  }

  #load() {
    if (!this.#panel) {
      this.#button.setAttribute('aria-busy', 'true');
      this.#panel = import('./panel.js')
        .then((module) => module.createPanel(this, this.#root, this.#button, this.#options))
        .then((panel) => (this.#ready = panel))
        .catch((error) => {
          this.#panel = null;
          this.#fail();
          throw error;
        })
        .finally(() => this.#button.removeAttribute('aria-busy'));
    }
    return this.#panel;
  }

  #fail() {
    this.#root.querySelector('.failed')?.remove();
    const note = document.createElement('p');
    note.className = 'failed';
    note.setAttribute('role', 'alert');
    note.textContent = 'Citeproof could not be loaded.';
    this.#root.append(note);
    this.dispatchEvent(new CustomEvent('fc-error', { bubbles: true, composed: true }));
  }

  /** @param {string} label */
  #say(label) {
    const mark = document.createElement('b');
    mark.textContent = '[?]';
    mark.setAttribute('aria-hidden', 'true');
    this.#button.replaceChildren(label, mark);
  }

  async #label() {
    if (this.hasAttribute('label')) return;
    const { spoken } = await import('./i18n.js');
    const language = spoken(this.#language);
    const file = new URL(`locales/${language === 'qps' ? 'en' : language}.json`, FILES);
    const found = await fetch(file, { credentials: 'omit' }).then((r) => r.json());
    this.#say(found.launch);
    this.#button.lang = language;
    this.#button.dir = ['ar', 'he'].includes(language) ? 'rtl' : 'ltr';
  }
}

if (!customElements.get('fact-check')) {
  customElements.define('fact-check', FactCheck);
  // One tag is enough: where the page places no element itself, there is one.
  const place = () => {
    if (document.querySelector('fact-check') || SCRIPT?.hasAttribute('data-manual')) return;
    document.body.append(document.createElement('fact-check'));
  };
  if (SCRIPT?.hasAttribute('data-site-key')) {
    if (document.readyState === 'loading') addEventListener('DOMContentLoaded', place, { once: true });
    else place();
  }
}
