// The answer as it is copied: as plain words, and with each bracket a link to its passage.
import { el } from './dom.js';
import { sourceLine, titleOf } from './report.js';
import { clean, link, runs } from './text.js';
/** @import { Answer, Statement, Words } from './types.js' */
/** @import { Client } from './client.js' */
/** @typedef {['h1' | 'h2' | 'p', ...(string | HTMLElement)[]]} Block */

/** @param {Answer} answer @param {Words} words @param {Client} client @returns {Record<string, string>} */
export function copied(answer, words, client) {
  const shown = blocks(answer, words, client).map(([tag, ...parts]) => el(tag, {}, ...parts));
  return {
    'text/plain': shown.map((block) => block.textContent).join('\n\n'),
    'text/html': new XMLSerializer().serializeToString(el('article', {}, ...shown)),
  };
}

/** @param {Answer} answer @param {Words} words @param {Client} client */
function blocks(answer, words, client) {
  const { t } = words;
  const cards = new Map(answer.sources.map((card) => [card.n, card]));
  const out = (/** @type {string} */ href, label = href) => el('a', { href }, label);
  const paragraph = (/** @type {Statement[]} */ statements) =>
    statements.flatMap((said) => [
      ...runs(said.text, new Set(said.citations.map((c) => c.n))).map((part) => {
        const card = cards.get(Number(part));
        const first = said.citations.find((c) => c.n === part);
        return card && first ? out(client.source(card.id, first), `[${part}]`) : String(part);
      }),
      ' ',
    ]);
  /** @type {Block[]} */
  const made = [
    ['h1', clean(answer.question)],
    ['p', `${t('checkedOn', { date: words.date(answer.checkedOn) })}. ${clean(answer.disclaimer)}`],
    ['p', clean(answer.staleness)],
    ['p', answer.refusal ? `${t('refused')}. ${clean(answer.refusal.reason)}` : ''],
    ['p', ...paragraph(answer.summary)],
    ...answer.sections.flatMap((part, i) => /** @type {Block[]} */ ([['h2', `${i + 1}. ${clean(part.heading)}`], ['p', ...paragraph(part.statements)]])),
    ...answer.sources.map((card) => {
      const url = link(card.url);
      return /** @type {Block} */ (['p', `[${card.n}] ${titleOf(card, words)} · ${sourceLine(card, words)}${card.url ? ' · ' : ''}`, url ? out(url.href) : clean(card.url)]);
    }),
    ['p', out(client.page(answer.slug))],
  ];
  return made.filter(([, ...parts]) => parts.some((part) => part));
}
