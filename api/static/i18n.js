// The words of the widget in the reader's language.
/** @import { Catalogue, Words } from './types.js' */

export const LANGUAGES = ['en', 'es', 'de', 'fr', 'pt', 'it', 'ar', 'he', 'zh', 'ja'];
export const PSEUDO = 'qps';
const RIGHT_TO_LEFT = new Set(['ar', 'fa', 'he', 'ur']);

/**
 * Returns the language that is spoken here for a wanted tag: `de-AT` is `de`, unknown is English.
 * @param {string} wanted
 */
export function spoken(wanted) {
  const base = (wanted.toLowerCase().split(/[-_]/)[0] ?? '').replace('iw', 'he');
  return base === PSEUDO || LANGUAGES.includes(base) ? base : 'en';
}

/**
 * @param {Catalogue} catalogue
 * @param {string} language as `spoken` returns it
 * @returns {Words}
 */
export function words(catalogue, language) {
  const tag = language === PSEUDO ? 'en' : language;
  const plurals = new Intl.PluralRules(tag);
  const numbers = new Intl.NumberFormat(tag);
  const number = (/** @type {number} */ value) => numbers.format(value);
  return {
    language: tag,
    direction: RIGHT_TO_LEFT.has(tag) ? 'rtl' : 'ltr',
    number,
    list: (parts) => new Intl.ListFormat(tag, { type: 'unit' }).format(parts),
    date: (iso) => date(iso, tag),
    t(key, values = {}) {
      const entry = catalogue[key];
      if (entry === undefined) throw new Error(`no words for ${key}`);
      const form =
        typeof entry === 'string'
          ? entry
          : (entry[plurals.select(Number(values.n))] ?? entry.other ?? '');
      const filled = form.split(/\{(\w+)\}/).map((part, i) => {
        if (i % 2 === 0) return language === PSEUDO ? pseudo(part) : part;
        const value = values[part] ?? '';
        return typeof value === 'number' ? number(value) : value;
      });
      return language === PSEUDO ? `⟦${filled.join('')}⟧` : filled.join('');
    },
  };
}

/** @param {string} iso year, year-month or a day @param {string} tag */
function date(iso, tag) {
  const match = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(iso);
  if (!match) return iso;
  const [, year, month, day] = match;
  /** @type {Intl.DateTimeFormatOptions} */
  const style = { year: 'numeric', timeZone: 'UTC', calendar: 'gregory' };
  if (month) style.month = 'long';
  if (day) style.day = 'numeric';
  const at = Date.UTC(Number(year), Number(month ?? 1) - 1, Number(day ?? 1));
  return new Intl.DateTimeFormat(tag, style).format(at);
}

/** Longer by two fifths, with accents: what overflows or was left untranslated shows. @param {string} text */
function pseudo(text) {
  const accented = text.replace(/[aeiounc]/g, (c) => `${c}\u0301`.normalize('NFC'));
  return accented.replace(/\p{L}{4,}/gu, (word) => word + '~'.repeat(Math.ceil(word.length * 0.4)));
}
