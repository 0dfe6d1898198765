// The card of a citation: the exact words it rests on, who said them, and what the check found.
import { complaint } from './complaint.js';
import { el, icon } from './dom.js';
import { roleOf, titleOf } from './report.js';
import { atQuote, clean, link } from './text.js';
/** @import { Statement, Citation, SourceCard, Words } from './types.js' */
/** @import { Client } from './client.js' */

const SHOWN = 3;
const HOVER = 220;

/**
 * What a card is about.
 * @typedef {object} Subject
 * @property {HTMLElement} button
 * @property {Statement} said
 * @property {SourceCard} card
 * @property {number} n
 * @property {string} answer id of the answer
 */

export class CitationCard {
  /** @param {Words} words @param {Client} client */
  constructor(words, client) {
    this.words = words;
    this.client = client;
    /** @type {Subject | null} */
    this.subject = null;
    this.pinned = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.clock = undefined;
    this.element = el('div', {
      class: 'card report',
      popover: 'auto',
      role: 'dialog',
      'aria-labelledby': 'card-title',
      beforetoggle: (/** @type {ToggleEvent} */ e) => e.newState === 'closed' && this.#closing(),
      pointerenter: () => clearTimeout(this.clock),
      pointerleave: () => this.leave(),
    });
  }

  get isOpen() {
    return this.element.matches(':popover-open');
  }

  /**
   * Shows the card beside its bracket: at once and with the focus where it was asked for (pinned),
   * after a moment and without where the pointer only rests on the bracket.
   * @param {Subject} subject
   * @param {boolean} pinned
   */
  show(subject, pinned) {
    clearTimeout(this.clock);
    if (!pinned) {
      if (this.pinned && this.isOpen) return;
      this.clock = setTimeout(() => this.#open(subject, false), HOVER);
      return;
    }
    this.#open(subject, true);
  }

  /** Lets go of a card that was not asked for. */
  leave() {
    clearTimeout(this.clock);
    if (!this.pinned) this.clock = setTimeout(() => !this.pinned && this.hide(), HOVER);
  }

  hide() {
    if (this.isOpen) this.element.hidePopover();
  }

  /** Puts the card beside its bracket again. */
  place() {
    const button = this.subject?.button;
    if (!button || !this.isOpen) return;
    const style = this.element.style;
    if (innerWidth < 520) {
      style.left = style.top = '';
      return;
    }
    const at = button.getBoundingClientRect();
    const around = /** @type {HTMLElement} */ (this.element.parentElement).getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const gap = 12;
    let left = Math.max(gap, Math.min(at.left + at.width / 2 - width / 2, innerWidth - width - gap));
    let top = at.bottom + gap + height <= innerHeight ? at.bottom + gap / 2 : at.top - height - gap / 2;
    // In the margin it hides nothing of the text.
    const beside = Math.max(gap, Math.min(at.top - 48, innerHeight - height - gap));
    if (innerWidth - around.right >= width + 2 * gap) [left, top] = [around.right + gap, beside];
    else if (around.left >= width + 2 * gap) [left, top] = [around.left - width - gap, beside];
    style.left = `${left}px`;
    style.top = `${Math.max(gap, top)}px`;
  }

  /** @param {Subject} subject @param {boolean} pinned */
  #open(subject, pinned) {
    if (!subject.button.isConnected) return;
    const same = this.isOpen && this.subject?.button === subject.button;
    if (!same) {
      this.hide();
      this.subject = subject;
      this.element.replaceChildren(...this.#content(subject));
      this.element.showPopover();
      this.element.scrollTop = 0;
    }
    this.pinned = pinned;
    subject.button.setAttribute('aria-expanded', 'true');
    this.place();
    if (pinned) /** @type {HTMLElement} */ (this.element.querySelector('.card-title')).focus({ preventScroll: true });
  }

  #closing() {
    const button = this.subject?.button;
    button?.setAttribute('aria-expanded', 'false');
    this.pinned = false;
    // The focus in the card goes back to its bracket; where it has gone elsewhere it stays.
    const root = /** @type {ShadowRoot} */ (this.element.getRootNode());
    if (this.element.contains(root.activeElement)) button?.focus({ preventScroll: true });
  }

  /** @param {Subject} subject */
  #content({ said, card, n, answer }) {
    const { t } = this.words;
    const cited = said.citations.filter((c) => c.n === n);
    const url = link(card.url);
    const first = /** @type {Citation} */ (cited[0]);
    const facts = [
      [t('published'), card.published ? this.words.date(card.published) : t('dateUnknown')],
      [t('fetched'), card.fetched && this.words.date(card.fetched)],
      [t('role'), roleOf(card, this.words)],
      [t('kind'), clean(card.docType)],
      [t('page'), first.page ? this.words.number(first.page) : ''],
    ].filter(([, value]) => value);
    const rest = cited.length - SHOWN;
    return [
      el(
        'div',
        { class: 'top' },
        el('span', { class: 'number', 'aria-hidden': 'true' }, `[${n}]`),
        el(
          'div',
          { class: 'card-title', id: 'card-title', tabindex: '-1' },
          el('span', { class: 'unseen' }, `${t('citation', { n })}: `),
          el('b', {}, el('bdi', {}, titleOf(card, this.words))),
          el('span', { class: 'publisher' }, el('bdi', {}, clean(card.publisher) || t('publisherUnknown'))),
        ),
        el('button', { type: 'button', class: 'plain close', 'aria-label': t('close'), click: () => this.hide() }, icon('close')),
      ),
      ...(said.counted ? [el('p', { class: 'counted' }, t('counted', { n: said.counted.value, over: clean(said.counted.over) }))] : []),
      ...cited.slice(0, SHOWN).map((citation) => this.#quote(citation, said, card)),
      rest > 0 ? el('p', { class: 'rest' }, `+ ${t('evidence', { n: rest })}`) : '',
      el('dl', {}, ...facts.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, el('bdi', {}, value))))),
      card.via ? el('p', { class: 'origins' }, el('bdi', {}, t('via', { name: clean(card.via) }))) : '',
      el('p', { class: 'origins' }, t('origins', { n: Math.max(1, said.origins) })),
      card.media === 'note' ? el('p', { class: 'origins' }, t('isNote')) : '',
      el(
        'p',
        { class: 'links' },
        el('a', { class: 'at-passage', href: this.client.source(card.id, first), target: '_blank', rel: 'noopener noreferrer' }, t('openPassage')),
        url
          ? el('a', { href: atQuote(url, first.quote, card.media), target: '_blank', rel: 'noopener noreferrer nofollow ugc' }, t('original', { host: url.hostname }))
          : null,
      ),
      this.#report(said, n, answer),
    ].filter((node) => node !== '');
  }

  /** @param {Citation} citation @param {Statement} said @param {SourceCard} card */
  #quote(citation, said, card) {
    const { t } = this.words;
    const before = el('span', {}, clean(citation.prefix));
    const after = el('span', {}, clean(citation.suffix));
    this.client.passage(card.id, citation).then(
      (found) => {
        before.textContent = clean(found.before);
        after.textContent = clean(found.after);
        this.place();
      },
      () => {}, // the words at hand are enough
    );
    return el(
      'figure',
      {},
      el('blockquote', { dir: 'auto', lang: /^[\w-]{2,20}$/.test(card.language) ? card.language : '' }, '… ', before, el('mark', {}, clean(citation.quote)), after, ' …'),
      el(
        'figcaption',
        {},
        el('span', { class: `verdict ${citation.quoteFound ? 'good' : 'bad'}` }, icon(citation.quoteFound ? 'supports' : 'refutes'), t(citation.quoteFound ? 'quoteFound' : 'quoteMissing')),
        said.counted ? null : el('span', { class: `verdict ${TONE[citation.verdict]}` }, icon(citation.verdict), t(`v_${citation.verdict}`)),
      ),
    );
  }

  /** @param {Statement} said @param {number} n @param {string} answer */
  #report(said, n, answer) {
    const { t } = this.words;
    if (!answer) return '';
    const send = (/** @type {{vote: string}} */ said_) => this.client.feedback(answer, { ...said_, statement: said.id, citation: n });
    return el('div', { class: 'feedback' }, ...complaint(this.words, t('wrongSource'), t('wrongSource'), send, () => this.place()));
  }
}

const TONE = { supports: 'good', partly: 'warn', refutes: 'bad', not_addressed: 'warn', could_not_judge: 'warn' };
