// One answer as it is shown, and kept up as it grows: sentences that stay are not touched.
import { complaint } from './complaint.js';
import { el, icon } from './dom.js';
import { isRunning } from './state.js';
import { atQuote, clean, link, runs } from './text.js';
/** @import { State, Statement, Citation, SourceCard, Answer, Words } from './types.js' */
/** @import { Client } from './client.js' */

/**
 * What a reader can do with an answer.
 * @typedef {object} Actions
 * @property {(button: HTMLElement, said: Statement, n: number, pinned: boolean) => void} cite
 * @property {() => void} leave
 * @property {(question: string) => void} ask
 * @property {() => void} retry
 * @property {(kind: 'link' | 'text') => Promise<void>} copy
 * @property {(said: {vote: string, reason?: string, comment?: string}) => Promise<void>} vote
 */

const CONFLICTS = new Set(['contradiction', 'window', 'denominator', 'definition']);
const ROLES = new Set(['allegation', 'assessment', 'data', 'un', 'analysis', 'press', 'fact-check', 'party', 'standard', 'policy']);

/** @param {SourceCard} card @param {Words} words */
export const titleOf = (card, words) => clean(card.title) || words.t('untitled');
/** @param {SourceCard} card @param {Words} words */
export const roleOf = (card, words) => (ROLES.has(card.role) ? words.t(`role_${card.role}`) : clean(card.role));

/** Publisher, date and role of a source on one line. @param {SourceCard} card @param {Words} words */
export function sourceLine(card, words) {
  const parts = [
    clean(card.publisher) || words.t('publisherUnknown'),
    card.published ? words.date(card.published) : words.t('dateUnknown'),
    roleOf(card, words),
    card.via && words.t('via', { name: clean(card.via) }),
  ];
  return parts.filter(Boolean).join(' · ');
}

/** @param {Answer} answer */
export const statementsOf = (answer) => [...answer.summary, ...answer.sections.flatMap((part) => part.statements)];

/**
 * How many sentences and citations were checked, and with what outcome.
 * @param {Answer} answer
 * @param {Words} words
 */
export function outcome(answer, words) {
  const said = statementsOf(answer);
  const partly = said.filter((s) => s.support !== 'supports').length;
  const marks = said.reduce((sum, s) => sum + new Set(s.citations.map((c) => c.n)).size, 0);
  return words.list([
    words.t('sentences', { n: said.length }),
    words.t('citations', { n: marks }),
    partly ? words.t('partlySupported', { n: partly }) : words.t('allSupported'),
  ]);
}

/** What a reader is told of a fault. @param {import('./types.js').Fault} fault @param {Words} words */
export function faultLine({ kind, retryAfter }, words) {
  const told = kind === 'slow' ? 'busy' : kind === 'malformed' ? 'failed' : kind;
  const line = words.t(`f_${told}`, { n: retryAfter });
  return kind === 'cut' ? `${line} ${words.t('incomplete')}` : line;
}

export class ReportView {
  /**
   * @param {Words} words
   * @param {Client} client
   * @param {Actions} actions
   * @param {boolean} openSources
   */
  constructor(words, client, actions, openSources) {
    this.words = words;
    this.client = client;
    this.actions = actions;
    this.openSources = openSources;
    /** @type {Map<string, HTMLElement>} */
    this.slots = new Map();
    /** @type {Map<string, string>} */
    this.shown = new Map();
    /** @type {WeakMap<Element, string>} */
    this.kept = new WeakMap();
    this.element = el('article', { class: 'report turn' });
  }

  /** @param {State} state */
  update(state) {
    const { answer, phase } = state;
    const done = phase === 'done';
    // A retry starts on an empty page.
    if (this.shown.get('question') !== JSON.stringify(answer.question)) this.element.replaceChildren();
    this.#slot('question', answer.question, (q) => [el('h3', { class: 'question', dir: 'auto' }, clean(q))]);
    this.#slot('dateline', [answer.checkedOn, answer.corpus, answer.disclaimer], () => this.#dateline(answer));
    this.#slot('progress', [phase, answer.found.length], () => this.#progress(state));
    this.#slot('notices', [answer.understoodAs, answer.staleness, answer.warnings, answer.status], () => this.#notices(answer));
    this.#slot('refusal', answer.refusal, () => this.#refusal(answer));
    this.#part('summary', this.words.t('summary'), 'summary', answer.summary, answer);
    let number = 0;
    answer.sections.forEach((part, i) => {
      const heading = `${this.words.number(part.statements.length ? ++number : 0)}. ${clean(part.heading)}`;
      this.#part(`section${i}`, heading, part.kind, part.statements, answer);
    });
    for (let i = answer.sections.length; this.slots.has(`section${i}`); i += 1) this.#drop(`section${i}`);
    this.#slot('unverified', answer.unverified, () => this.#unverified(answer));
    this.#slot('gaps', answer.gaps, () => this.#list('gaps', answer.gaps));
    this.#slot('conflicts', done && answer.conflicts, () => this.#conflicts(answer));
    this.#slot('fault', [state.fault, phase], () => this.#fault(state));
    this.#slot('follow', done && answer.followUps, () => this.#followUps(answer));
    this.#slot('sources', [answer.sources.length, done], () => this.#sources(answer, done));
    this.#slot('tools', [answer.slug, done], () => (done ? this.#tools(answer) : []));
    this.element.lang = answer.language || '';
    this.element.setAttribute('aria-busy', String(isRunning(state)));
    this.cards = new Map(answer.sources.map((card) => [card.n, card]));
  }

  /** Counts down what has to be waited for. @param {number} seconds */
  wait(seconds) {
    const line = this.element.querySelector('.wait');
    if (line) line.textContent = seconds > 0 ? this.words.t('f_limited', { n: seconds }) : '';
    const again = this.element.querySelector('.retry');
    if (again) again.setAttribute('aria-disabled', String(seconds > 0));
  }

  /**
   * @template T
   * @param {string} name
   * @param {T} value
   * @param {(value: T) => Node[]} build
   */
  #slot(name, value, build) {
    const key = JSON.stringify(value);
    let place = this.slots.get(name);
    if (place?.isConnected !== true && place?.parentNode !== this.element) {
      place = el('div', { 'data-slot': name });
      this.slots.set(name, place);
      this.shown.delete(name);
      this.element.append(place);
    }
    if (this.shown.get(name) === key) return;
    this.shown.set(name, key);
    place.replaceChildren(...build(value));
  }

  /** @param {string} name */
  #drop(name) {
    this.slots.get(name)?.remove();
    this.slots.delete(name);
    this.shown.delete(name);
  }

  /**
   * @param {string} name
   * @param {string} heading
   * @param {string} kind
   * @param {Statement[]} statements
   * @param {Answer} answer
   */
  #part(name, heading, kind, statements, answer) {
    let place = this.slots.get(name);
    if (place?.parentNode !== this.element) {
      place = el('section', { class: 'part' }, el('h4', { class: 'head' }), el('p'));
      this.slots.set(name, place);
      const before = name === 'summary' ? null : this.slots.get('unverified');
      this.element.insertBefore(place, before?.parentNode === this.element ? before : null);
    }
    place.className = `part ${/^[a-z_]+$/.test(kind) ? kind : ''}`;
    place.hidden = statements.length === 0;
    const [head, body] = /** @type {[HTMLElement, HTMLElement]} */ (/** @type {unknown} */ ([...place.children]));
    if (head.textContent !== heading) head.textContent = heading;
    statements.forEach((said, i) => {
      const key = JSON.stringify(said);
      const present = body.children[i];
      if (present && this.kept.get(present) === key) return;
      const made = this.sentence(said, answer);
      this.kept.set(made, key);
      if (present) present.replaceWith(made);
      else body.append(...(i ? [' ', made] : [made]));
    });
    while (body.children.length > statements.length) {
      body.lastElementChild?.previousSibling?.remove();
      body.lastElementChild?.remove();
    }
  }

  /**
   * A sentence with its brackets as buttons.
   * @param {Statement} said
   * @param {Answer} answer
   */
  sentence(said, answer) {
    const made = el('span', { class: 'statement', 'data-id': said.id, dir: 'auto' });
    const parts = runs(said.text, new Set(said.citations.map((c) => c.n)));
    parts.forEach((part, i) => {
      if (typeof part === 'string') {
        made.append(part);
        return;
      }
      const mark = this.#mark(said, part, answer);
      // No line begins with a bracket: it stays with the word before it.
      const last = made.lastChild;
      const word = i && last instanceof Text ? /\S{1,24} ?$/.exec(last.data) : null;
      if (!word) return made.append(mark);
      /** @type {Text} */ (last).data = /** @type {Text} */ (last).data.slice(0, word.index);
      made.append(el('span', { class: 'bound' }, word[0].replace(' ', '\u00a0'), mark));
    });
    if (said.support === 'partly') {
      made.append(' ', el('span', { class: 'qualifier' }, icon('partly'), this.words.t('qualifier')));
    }
    return made;
  }

  /** @param {Statement} said @param {number} n @param {Answer} answer */
  #mark(said, n, answer) {
    const card = answer.sources.find((source) => source.n === n);
    const worst = said.citations.find((c) => c.n === n && c.verdict !== 'supports');
    const name = [
      this.words.t('citation', { n }),
      said.counted ? '' : this.words.t(`v_${worst?.verdict ?? 'supports'}`),
      card && `${clean(card.publisher) || titleOf(card, this.words)} ${card.published.slice(0, 4)}`.trim(),
    ];
    const button = el(
      'button',
      {
        type: 'button',
        class: `cite ${said.support === 'partly' ? 'partly' : ''}`,
        'aria-label': name.filter(Boolean).join(', '),
        'aria-haspopup': 'dialog',
        'aria-expanded': 'false',
        'data-n': n,
        click: () => this.actions.cite(button, said, n, true),
        pointerenter: (/** @type {PointerEvent} */ e) => e.pointerType === 'mouse' && this.actions.cite(button, said, n, false),
        pointerleave: () => this.actions.leave(),
      },
      `[${n}]`,
    );
    return button;
  }

  /** @param {Answer} answer */
  #corpus(answer) {
    if (!answer.corpus) return '';
    const { documents, latest } = answer.corpus;
    const searched = this.words.t('searched', { n: documents });
    return latest ? `${searched}, ${this.words.t('newest', { date: this.words.date(latest) })}` : searched;
  }

  /** @param {Answer} answer */
  #dateline(answer) {
    const checked = answer.checkedOn && el('strong', {}, this.words.t('checkedOn', { date: this.words.date(answer.checkedOn) }));
    return [
      el('p', { class: 'dateline' }, checked, checked && ' · ', this.#corpus(answer)),
      el('p', { class: 'disclaimer', dir: 'auto' }, clean(answer.disclaimer)),
    ].filter((line) => line.textContent);
  }

  /** @param {State} state */
  #progress({ phase, answer }) {
    const { t } = this.words;
    if (phase === 'done') {
      if (!statementsOf(answer).length) return [];
      return [el('p', { class: 'outcome' }, icon('supports'), outcome(answer, this.words))];
    }
    if (phase === 'stopped') return [el('p', { class: 'notice' }, t('incomplete'))];
    if (phase === 'searching') return [el('p', { class: 'working' }, t('searching'))];
    if (phase === 'writing' || phase === 'verifying') {
      return [el('p', { class: 'working' }, t('checking', { n: answer.found.length }))];
    }
    return [];
  }

  /** @param {Answer} answer */
  #notices(answer) {
    const { t } = this.words;
    const same = (/** @type {string} */ s) => s.trim().replace(/\s+/g, ' ').toLowerCase();
    const lines = [
      answer.understoodAs && same(answer.understoodAs) !== same(answer.question)
        ? el('p', { class: 'understood' }, el('b', {}, t('understoodAs')), ' ', el('bdi', {}, clean(answer.understoodAs)))
        : null,
      ...[answer.staleness, ...answer.warnings].map((text) => text && el('p', { class: 'notice', dir: 'auto' }, clean(text))),
      answer.status === 'partly_answered' && el('p', { class: 'notice' }, t('partlyAnswered')),
      answer.status === 'premise_corrected' && el('p', { class: 'notice' }, t('premiseCorrected')),
    ];
    return lines.filter((line) => line instanceof Node);
  }

  /** @param {Answer} answer */
  #refusal(answer) {
    if (!answer.refusal) return [];
    const { t } = this.words;
    const nearest = answer.refusal.nearest.map((near) =>
      el(
        'figure',
        {},
        el('blockquote', { dir: 'auto' }, clean(near.quote)),
        el('figcaption', {}, this.#out(this.client.source(near.sourceId, near), el('bdi', {}, clean(near.title) || t('untitled')))),
      ),
    );
    return [
      el(
        'section',
        { class: 'refusal' },
        el('h4', { class: 'head' }, t('refused')),
        el('p', { dir: 'auto' }, clean(answer.refusal.reason)),
        el('p', {}, `${this.#corpus(answer)}.`),
        ...(answer.searches.length ? [el('h5', { class: 'sub' }, t('searches')), this.#items(answer.searches)] : []),
        ...(nearest.length ? [el('h5', { class: 'sub' }, t('nearest')), ...nearest] : []),
      ),
    ];
  }

  /** @param {string} name @param {string[]} texts */
  #list(name, texts) {
    return texts.length ? [el('section', {}, el('h4', { class: 'head' }, this.words.t(name)), this.#items(texts))] : [];
  }

  /** @param {string[]} texts */
  #items(texts) {
    return el('ul', {}, ...texts.map((text) => el('li', {}, el('div', { dir: 'auto' }, clean(text)))));
  }

  /** @param {Answer} answer */
  #unverified(answer) {
    if (!answer.unverified.length) return [];
    const items = answer.unverified.map((item) =>
      el('li', {}, el('div', { dir: 'auto' }, clean(item.text), ' ', el('small', {}, `(${clean(item.findings.join('; '))})`))),
    );
    return [el('section', {}, el('h4', { class: 'head' }, this.words.t('unverified')), el('ul', {}, ...items))];
  }

  /** @param {Answer} answer */
  #conflicts(answer) {
    if (!answer.conflicts.length) return [];
    const byId = new Map(statementsOf(answer).map((said) => [said.id, said]));
    const shown = answer.conflicts.map((conflict) => {
      const kind = CONFLICTS.has(conflict.kind) ? conflict.kind : 'contradiction';
      const sides = conflict.statements.map((id) => byId.get(id)).filter((said) => said !== undefined);
      return el(
        'div',
        { class: 'conflict' },
        el('p', {}, this.words.t(`c_${kind}`)),
        el('ul', {}, ...sides.map((said) => el('li', {}, this.sentence(said, answer)))),
      );
    });
    return [el('section', {}, el('h4', { class: 'head' }, this.words.t('conflicts')), ...shown)];
  }

  /** @param {Answer} answer */
  #followUps(answer) {
    if (!answer.followUps.length) return [];
    const items = answer.followUps.map((item) =>
      el(
        'li',
        {},
        el('button', { type: 'button', class: 'chip', dir: 'auto', click: () => this.actions.ask(item.question) }, clean(item.question)),
        ' ',
        el('small', {}, this.words.t('evidence', { n: item.evidence })),
      ),
    );
    return [el('section', {}, el('h4', { class: 'head' }, this.words.t('followUps')), el('ul', { class: 'follow' }, ...items))];
  }

  /** @param {Answer} answer @param {boolean} done */
  #sources(answer, done) {
    if (!answer.sources.length && !answer.consulted.length) return [];
    const { t } = this.words;
    const used = answer.sources.map((card) =>
      el(
        'li',
        { class: 'source', pointerenter: () => this.#light(card.n, true), pointerleave: () => this.#light(card.n, false) },
        el('span', { class: 'number' }, `[${card.n}]`),
        ...this.#entry(card, answer),
      ),
    );
    const consulted = answer.consulted.map((card) => el('li', {}, ...this.#entry(card, answer)));
    return [
      el(
        'details',
        { class: 'sources', open: this.openSources && done },
        el(
          'summary',
          {},
          el('span', { class: 'head' }, t('sources')),
          ' ',
          el('small', {}, this.words.number(used.length)),
        ),
        el('ol', { class: 'used' }, ...used),
        consulted.length ? el('h5', { class: 'sub' }, t('alsoConsulted'), ' ', el('small', {}, this.words.number(consulted.length))) : null,
        consulted.length ? el('ul', { class: 'consulted' }, ...consulted) : null,
      ),
    ];
  }

  /** @param {SourceCard} card @param {Answer} answer */
  #entry(card, answer) {
    const url = link(card.url);
    const first = statementsOf(answer).flatMap((said) => said.citations).find((c) => c.n === card.n);
    return [
      el('p', { class: 'title' }, el('bdi', {}, titleOf(card, this.words))),
      el('p', {}, el('bdi', {}, sourceLine(card, this.words))),
      el(
        'p',
        { class: 'links' },
        first && this.#out(this.client.source(card.id, first), this.words.t('openPassage')),
        url ? this.#out(atQuote(url, first?.quote ?? '', card.media || 'note'), this.words.t('original', { host: url.hostname })) : el('bdi', {}, clean(card.url)),
      ),
    ];
  }

  /** @param {string} href @param {Node | string} label */
  #out(href, label) {
    return el('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow ugc' }, label);
  }

  /** @param {number | null} n @param {boolean} on */
  #light(n, on) {
    for (const mark of this.element.querySelectorAll(`.cite[data-n="${n}"]`)) {
      mark.closest('.statement')?.classList.toggle('lit', on);
    }
  }

  /** @param {State} state */
  #fault({ fault }) {
    if (!fault) return [];
    const { t } = this.words;
    const waiting = fault.kind === 'limited';
    const said = faultLine(fault, this.words);
    const again = !['key', 'question'].includes(fault.kind);
    return [
      el(
        'div',
        { class: 'fault' },
        el('p', { class: waiting ? 'wait' : '' }, said),
        fault.detail && fault.kind === 'question' ? el('p', { dir: 'auto' }, clean(fault.detail)) : null,
        fault.requestId ? el('p', { class: 'id' }, t('requestId', { id: clean(fault.requestId) })) : null,
        again
          ? el(
              'button',
              {
                type: 'button',
                class: 'plain retry',
                'aria-disabled': String(waiting),
                click: (/** @type {Event} */ e) => {
                  const button = /** @type {HTMLElement} */ (e.currentTarget);
                  if (button.getAttribute('aria-disabled') !== 'true') this.actions.retry();
                },
              },
              t('retry'),
            )
          : null,
      ),
    ];
  }

  /** @param {Answer} answer */
  #tools(answer) {
    const { t } = this.words;
    const said = el('span', { class: 'said', role: 'status' });
    const does = (/** @type {string} */ label, /** @type {() => Promise<void>} */ act) =>
      el(
        'button',
        {
          type: 'button',
          class: 'plain',
          click: () => act().then(() => (said.textContent = `✓ ${t(label === 'yes' ? 'thanks' : label)}`), () => (said.textContent = t('notDone'))),
        },
        t(label),
      );
    const [no, form, note] = complaint(this.words, t('no'), `${t('useful')} ${t('no')}`, this.actions.vote);
    return [
      el(
        'div',
        { class: 'tools' },
        does('copyLink', () => this.actions.copy('link')),
        does('copyText', () => this.actions.copy('text')),
        this.#out(this.client.page(answer.slug), t('openPage')),
        el('span', { class: 'useful', role: 'group', 'aria-label': t('useful') }, el('span', { 'aria-hidden': 'true' }, t('useful')), does('yes', () => this.actions.vote({ vote: 'up' })), no),
        said,
      ),
      el('div', { class: 'feedback' }, form, note),
    ];
  }
}
