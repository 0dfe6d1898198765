// Text of strangers, made safe to show: it can hide nothing, and it can never become markup.

const INVISIBLE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2065\u206a-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{e0000}-\u{e0fff}]/gu;
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
// Between letters of these scripts a joiner is spelling; elsewhere it hides.
const JOINERS = /(?<![\u0620-\u1c4f])[\u200c\u200d]|[\u200c\u200d](?![\u0620-\u1c4f])/g;

/**
 * Returns text on one line without invisible characters; controls of the writing direction, which
 * could make it read as something else, are shown by name.
 * @param {string} text
 */
export function clean(text) {
  return text
    .replace(/[\t\n\u0085\u2028\u2029]+/g, ' ')
    .replace(INVISIBLE, '')
    .replace(JOINERS, '')
    .replace(BIDI, (c) => `[U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}]`);
}

const MARK = /\[(\d{1,4}(?:\s*[,;–-]\s*\d{1,4})*)\]/g;

/** @param {string} body @returns {number[]} */
function numbersOf(body) {
  return body.split(/[,;]/).flatMap((part) => {
    const ends = (part.match(/\d+/g) ?? []).map(Number);
    const [first = 0, last = 0] = ends;
    if (ends.length === 2 && last >= first && last - first <= 50) {
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    }
    return ends;
  });
}

/**
 * Returns a sentence as words (strings) and marks (numbers). Only brackets whose numbers are all
 * cited by the sentence are marks; any other bracket is words of a source.
 * @param {string} sentence
 * @param {Set<number>} cited
 * @returns {(string | number)[]}
 */
export function runs(sentence, cited) {
  const shown = clean(sentence);
  /** @type {(string | number)[]} */
  const out = [];
  let at = 0;
  for (const match of shown.matchAll(MARK)) {
    const numbers = numbersOf(match[1] ?? '');
    if (!numbers.every((n) => cited.has(n))) continue;
    out.push(shown.slice(at, match.index), ...numbers.flatMap((n, i) => (i ? [' ', n] : [n])));
    at = match.index + match[0].length;
  }
  out.push(shown.slice(at));
  return out.filter((run) => run !== '');
}

/**
 * Returns an address that may be a link, or null: plain http or https, to a host, without a user.
 * @param {string} address
 */
export function link(address) {
  if (!/^https?:\/\/[!#-&(-;=?-\[\]_a-z~]+$/i.test(address)) return null;
  try {
    const url = new URL(address);
    return url.hostname && !url.username && !url.password ? url : null;
  } catch {
    return null;
  }
}

/** @param {string} words */
const encoded = (words) => encodeURIComponent(words).replaceAll('-', '%2D');

/**
 * Returns the address with a text fragment that makes the browser scroll to a quote, where the
 * stored text is the document's own.
 * @param {URL} url
 * @param {string} quote
 * @param {string} media
 */
export function atQuote(url, quote, media) {
  if (media === 'note' || url.hash || url.pathname.endsWith('.pdf')) return url.href;
  const words = quote.split(/\s+/).filter(Boolean);
  const range =
    words.length <= 8
      ? encoded(words.join(' '))
      : `${encoded(words.slice(0, 4).join(' '))},${encoded(words.slice(-4).join(' '))}`;
  return `${url.href}#:~:text=${range}`;
}
