// The panel: asks, shows what comes, and keeps the focus where the reader left it.
import { CitationCard } from './card.js';
import { Client, Refused } from './client.js';
import { el, icon } from './dom.js';
import { History } from './history.js';
import { PSEUDO, spoken, words as wordsOf } from './i18n.js';
import { ReportView, faultLine, outcome, statementsOf } from './report.js';
import { IDLE, fault, isRunning, next } from './state.js';
/** @import { Options, Message, State, Words, Statement } from './types.js' */

const SHEETS = ['tokens.css', 'report.css', 'panel.css'];
const LONGEST = 4000;
const NEAR = 80;

/** @param {URL} file */
async function fetched(file) {
  const response = await fetch(file, { credentials: 'omit' });
  if (!response.ok) throw new Error(`${file.pathname}: ${response.status}`);
  return response;
}

/**
 * Makes the panel in the element's shadow root.
 * @param {HTMLElement} host
 * @param {ShadowRoot} root
 * @param {HTMLButtonElement} launcher
 * @param {Options} options
 */
export async function createPanel(host, root, launcher, options) {
  const language = spoken(options.language);
  const catalogue = new URL(`locales/${language === PSEUDO ? 'en' : language}.json`, options.files);
  const [entries, ...styles] = await Promise.all([
    fetched(catalogue).then((response) => response.json()),
    ...SHEETS.map((name) => fetched(new URL(name, options.files)).then((response) => response.text())),
  ]);
  const sheets = styles.map((style) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    return sheet;
  });
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, ...sheets];
  return new FactPanel(host, root, launcher, options, wordsOf(entries, language));
}

/** One question and its answer, in the making or made. */
class Turn {
  /** @param {ReportView} view @param {string} question */
  constructor(view, question) {
    this.view = view;
    this.question = question;
    this.attempt = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
    /** @type {State} */
    this.state = IDLE;
    this.stop = new AbortController();
  }
}

class FactPanel {
  /**
   * @param {HTMLElement} host
   * @param {ShadowRoot} root
   * @param {HTMLButtonElement} launcher
   * @param {Options} options
   * @param {Words} words
   */
  constructor(host, root, launcher, options, words) {
    this.host = host;
    this.root = root;
    this.launcher = launcher;
    this.words = words;
    this.floating = options.mode === '';
    this.client = new Client(options.root, options.key);
    this.history = new History(options.history, `${options.root.href}:${options.key}`);
    this.card = new CitationCard(words, this.client);
    /** @type {Turn[]} */
    this.turns = [];
    /** @type {Turn | null} */
    this.held = null;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.countdown = undefined;
    this.drawing = false;
    const { t, direction, language } = this.words;
    const loud = options.read === 'sentences';
    this.intro = el('p', { class: 'intro' }, t('intro'));
    this.earlier = el('div', { class: 'earlier' });
    this.fresh = el('button', { type: 'button', class: 'plain', hidden: true, click: () => (this.reset(), this.box.focus()) }, t('reset'));
    this.transcript = el(
      'div',
      {
        class: 'transcript',
        role: 'log',
        'aria-live': loud ? 'polite' : 'off',
        'aria-label': t('answers'),
        tabindex: this.floating ? '0' : null,
        scroll: () => this.#scrolled(),
        wheel: () => (this.held = null),
        touchmove: () => (this.held = null),
        pointerdown: () => (this.held = null),
        keydown: () => (this.held = null),
      },
      this.intro,
      this.earlier,
    );
    this.below = el('button', { type: 'button', class: 'below', hidden: true, click: () => ((this.held = null), this.transcript.scrollBy({ top: this.transcript.clientHeight * 0.85 })) }, icon('down'), t('more'));
    this.status = el('p', { class: 'unseen', role: 'status' });
    this.alert = el('p', { class: 'unseen', role: 'alert' });
    this.box = el('textarea', {
      id: 'fc-question',
      rows: this.floating ? 1 : 3,
      maxlength: LONGEST,
      'aria-describedby': 'fc-keys',
      dir: 'auto',
      keydown: (/** @type {KeyboardEvent} */ event) => this.#typed(event),
    });
    this.submit = el('button', { type: 'submit', class: 'main' }, t('ask'));
    const form = el(
      'form',
      {
        class: 'composer',
        submit: (/** @type {Event} */ event) => {
          event.preventDefault();
          if (this.running) this.suspend();
          else this.ask(this.box.value);
        },
      },
      el('label', { for: 'fc-question', class: this.floating ? 'unseen' : '' }, t('question')),
      el('div', { class: 'line' }, this.box, this.submit),
      el('p', { id: 'fc-keys', class: 'unseen' }, t('keys')),
    );
    this.disclaimer = el('p', { class: 'small-print', dir: 'auto' }, t('disclaimer'));
    const shared = { class: `panel ${this.floating ? 'floating' : 'standing'}`, 'aria-labelledby': 'fc-title', lang: language, dir: direction };
    const title = el('h2', { id: 'fc-title', class: this.floating ? '' : 'unseen' }, t('launch'));
    if (this.floating) {
      const close = el('button', { type: 'button', class: 'plain close', 'aria-label': t('close'), click: () => this.close() }, icon('close'));
      this.dialog = el('dialog', { ...shared, keydown: (/** @type {KeyboardEvent} */ event) => this.#key(event), close: () => this.#closed() }, el('div', { class: 'top' }, title, this.fresh, close), this.transcript, this.below, form, this.disclaimer, this.status, this.alert, this.card.element);
      this.root.append(this.dialog);
    } else {
      const section = el('section', { ...shared, keydown: (/** @type {KeyboardEvent} */ event) => this.#key(event) }, title, form, this.disclaimer, this.transcript, this.fresh, this.status, this.alert, this.card.element);
      this.root.append(section);
      this.#earlier();
    }
    addEventListener('resize', () => this.card.place(), { passive: true });
    addEventListener('pagehide', () => this.suspend());
    addEventListener('scroll', () => this.card.place(), { passive: true });
  }

  get isOpen() {
    return this.dialog ? this.dialog.open : true;
  }

  open() {
    if (!this.dialog || this.dialog.open) return;
    // Where it covers the whole page, the page must be out of reach.
    if (matchMedia('(max-width: 40rem), (max-height: 26rem)').matches) this.dialog.showModal();
    else this.dialog.show();
    this.launcher.hidden = true;
    this.#earlier();
    this.box.focus();
    this.#tell('fc-open');
  }

  close() {
    if (this.dialog?.open) this.dialog.close();
  }

  /** @param {string} question */
  ask(question) {
    const asked = question.trim().slice(0, LONGEST);
    if (!asked || this.running) return;
    const turn = new Turn(this.#view(), asked);
    this.turns.push(turn);
    this.intro.hidden = true;
    // Where the box is above, the newest answer is right below it.
    if (this.floating) this.transcript.append(turn.view.element);
    else this.intro.after(turn.view.element);
    this.box.value = '';
    this.#run(turn);
    this.held = turn;
    if (!this.floating) turn.view.element.scrollIntoView({ block: 'start', behavior: 'instant' });
    this.#tell('fc-ask', { question: asked });
  }

  reset() {
    this.suspend();
    this.box.value = '';
    this.card.hide();
    this.history.clear();
    for (const turn of this.turns) turn.view.element.remove();
    this.turns = [];
    this.intro.hidden = false;
    this.earlier.replaceChildren();
    this.fresh.hidden = true;
    this.status.textContent = '';
  }

  /** Stops what runs. */
  suspend() {
    clearInterval(this.countdown);
    const turn = this.running;
    if (!turn) return;
    turn.stop.abort();
    this.#hear(turn, { type: 'stop' });
    this.#ended(turn);
  }

  get running() {
    return this.turns.find((turn) => isRunning(turn.state));
  }

  #view() {
    /** @type {ReportView} */
    const view = new ReportView(
      this.words,
      this.client,
      {
        cite: (button, said, n, pinned) => this.#cite(view, button, said, n, pinned),
        leave: () => this.card.leave(),
        ask: (question) => (this.ask(question), this.box.focus({ preventScroll: true })),
        retry: () => this.#retry(view),
        copy: (kind) => this.#copy(view, kind),
        vote: (said) => this.client.feedback(this.#turn(view).state.answer.id, said),
      },
      !this.floating,
    );
    return view;
  }

  /** @param {ReportView} view @returns {Turn} */
  #turn(view) {
    const turn = this.turns.find((t) => t.view === view);
    if (!turn) throw new Error('a view without a turn');
    return turn;
  }

  /** @param {Turn} turn */
  async #run(turn) {
    turn.stop = new AbortController();
    this.#hear(turn, { type: 'ask', question: turn.question });
    this.status.textContent = this.words.t('searching');
    this.#draw();
    if (navigator.onLine === false) {
      this.#hear(turn, { type: 'fault', fault: fault('offline') });
    } else {
      try {
        const events = this.client.ask(turn.question, { signal: turn.stop.signal, attempt: turn.attempt });
        for await (const event of events) {
          if (!isRunning(turn.state)) continue; // the answer is whole: the server only closes
          this.#hear(turn, { type: 'event', name: event.name, data: event.data });
          if (!isRunning(turn.state)) this.#ended(turn);
        }
        if (!isRunning(turn.state)) return;
        this.#hear(turn, { type: 'end' });
      } catch (error) {
        if (!isRunning(turn.state)) return;
        const found = error instanceof Refused ? error.fault : fault('failed');
        const begun = turn.state.answer.id && found.kind === 'offline';
        this.#hear(turn, { type: 'fault', fault: begun ? fault('cut') : found });
        if (!(error instanceof Refused)) throw error;
      }
    }
    this.#ended(turn);
  }

  /** @param {Turn} turn @param {Message} message */
  #hear(turn, message) {
    turn.state = next(turn.state, message);
    if (this.drawing) return;
    this.drawing = true;
    requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.drawing = false;
    const turn = this.turns.at(-1);
    if (!turn) return;
    for (const one of this.turns.slice(-2)) one.view.update(one.state);
    const running = Boolean(this.running);
    this.submit.textContent = this.words.t(running ? 'stop' : 'ask');
    this.submit.classList.toggle('stop', running);
    this.fresh.hidden = this.turns.length === 0;
    this.#hold();
    if (turn.state.answer.disclaimer) this.disclaimer.textContent = turn.state.answer.disclaimer;
    this.#scrolled();
  }

  /** @param {Turn} turn */
  #ended(turn) {
    if (!this.turns.includes(turn)) return;
    turn.view.update(turn.state);
    this.#draw();
    // Once more when the answers above have their size.
    requestAnimationFrame(() => requestAnimationFrame(() => this.#hold()));
    const { phase, answer, fault: found } = turn.state;
    const { t } = this.words;
    if (phase === 'done') {
      const said = statementsOf(answer).length ? `${t('ready')} ${outcome(answer, this.words)}.` : `${t('refused')}.`;
      this.status.textContent = `${said} ${answer.disclaimer}`;
      this.history.add({ id: answer.id, question: turn.question });
      this.#tell('fc-answer', { id: answer.id, slug: answer.slug, status: answer.status });
    } else {
      // To edit.
      this.box.value ||= turn.question;
      this.status.textContent = found ? '' : t('incomplete');
    }
    if (found) {
      this.alert.textContent = faultLine(found, this.words);
      if (found.kind === 'limited') this.#wait(turn, found.retryAfter);
      this.#tell('fc-error', { kind: found.kind, requestId: found.requestId });
    }
  }

  /** @param {Turn} turn @param {number} seconds */
  #wait(turn, seconds) {
    const until = Date.now() + seconds * 1000;
    clearInterval(this.countdown);
    this.countdown = setInterval(() => {
      const left = Math.ceil((until - Date.now()) / 1000);
      turn.view.wait(Math.max(0, left));
      if (left <= 0) clearInterval(this.countdown);
    }, 500);
  }

  /** @param {ReportView} view */
  #retry(view) {
    if (this.running) return;
    const turn = this.#turn(view);
    if (this.box.value === turn.question) this.box.value = '';
    this.alert.textContent = '';
    this.box.focus({ preventScroll: true });
    this.#run(turn);
  }

  /**
   * @param {ReportView} view
   * @param {HTMLElement} button
   * @param {Statement} said
   * @param {number} n
   * @param {boolean} pinned
   */
  #cite(view, button, said, n, pinned) {
    const { answer, phase } = this.#turn(view).state;
    const card = answer.sources.find((source) => source.n === n);
    if (card) this.card.show({ button, said, card, n, answer: phase === 'done' ? answer.id : '' }, pinned);
  }

  /** @param {ReportView} view @param {'link' | 'text'} kind */
  async #copy(view, kind) {
    const { answer } = this.#turn(view).state;
    if (kind === 'link') return navigator.clipboard.writeText(this.client.page(answer.slug));
    // What is written may come later, but browsers want to be asked at once.
    const made = import('./copy.js').then((module) => module.copied(answer, this.words, this.client));
    const items = ['text/plain', 'text/html'].map((type) => [type, made.then((texts) => new Blob([texts[type] ?? ''], { type }))]);
    return navigator.clipboard.write([new ClipboardItem(Object.fromEntries(items))]);
  }

  /** Offers what was asked before, where nothing is shown yet. */
  #earlier() {
    const before = this.turns.length ? [] : this.history.list().reverse();
    const { t } = this.words;
    const items = before.map(({ id, question }) => el('li', {}, el('button', { type: 'button', class: 'chip', dir: 'auto', click: () => this.#recall(id, question) }, question)));
    const all = el('button', { type: 'button', class: 'plain', click: () => (this.history.clear(), this.earlier.replaceChildren(), this.box.focus()) }, t('forget'));
    this.earlier.replaceChildren(...(items.length ? [el('h3', { class: 'plain-heading' }, t('earlier')), el('ul', { class: 'follow' }, ...items), all] : []));
  }

  /** @param {string} id @param {string} question */
  async #recall(id, question) {
    const turn = new Turn(this.#view(), question);
    turn.state = next(IDLE, { type: 'ask', question });
    this.turns.push(turn);
    this.earlier.replaceChildren();
    this.intro.hidden = true;
    this.transcript.append(turn.view.element);
    this.box.focus({ preventScroll: true });
    try {
      const answer = await this.client.answer(id);
      turn.state = { ...turn.state, phase: 'done', answer };
    } catch (error) {
      turn.state = next(turn.state, { type: 'fault', fault: error instanceof Refused ? error.fault : fault('malformed') });
    }
    this.#ended(turn);
  }

  /** Keeps the top of a new answer in sight while it grows, until the reader scrolls. */
  #hold() {
    if (!this.held || !this.floating) return;
    const top = this.held.view.element.getBoundingClientRect().top;
    this.transcript.scrollTop += top - this.transcript.getBoundingClientRect().top - 16;
  }

  #scrolled() {
    this.card.place();
    const { scrollHeight, scrollTop, clientHeight } = this.transcript;
    this.below.hidden = !this.turns.length || scrollHeight - scrollTop - clientHeight < NEAR;
  }

  /** @param {KeyboardEvent} event */
  #typed(event) {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (!this.running) this.ask(this.box.value);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === 'F6') {
      event.preventDefault();
      const inBox = this.root.activeElement === this.box;
      const answer = /** @type {HTMLElement | null} */ (this.transcript.querySelector('.cite, button'));
      (inBox ? (this.floating ? this.transcript : answer) : this.box)?.focus();
    } else if (event.key === 'Escape' && this.dialog && !this.card.isOpen && !event.defaultPrevented) {
      this.close();
    }
  }

  #closed() {
    this.card.hide();
    this.launcher.hidden = false;
    this.launcher.focus({ preventScroll: true });
    this.#tell('fc-close');
  }

  /** @param {string} name @param {object} [detail] */
  #tell(name, detail = {}) {
    this.host.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
  }
}
