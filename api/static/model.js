// Reads what the server sent, believing nothing: a missing or wrong field becomes an empty one, and
// what cannot be shown without it is left out.
/** @import { SourceCard, Citation, Statement, Section, Answer, Verdict } from './types.js' */
/** @typedef {Record<string, unknown>} Raw */

const VERDICTS = new Set(['supports', 'partly', 'refutes', 'not_addressed', 'could_not_judge']);

/** @param {unknown} value @returns {Raw} */
export const object = (value) =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? /** @type {Raw} */ (value)
    : {};
/** @param {unknown} value @returns {unknown[]} */
const list = (value) => (Array.isArray(value) ? value : []);
/** @param {unknown} value */
export const text = (value) => (typeof value === 'string' ? value : '');
/** @param {unknown} value */
const count = (value) => (Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : 0);
/** @param {unknown} value */
const texts = (value) => list(value).map(text).filter(Boolean);
/** @param {unknown} value */
const date = (value) => (/^\d{4}(-\d{2}){0,2}$/.test(text(value)) ? text(value) : '');
/** @param {unknown} value @returns {Verdict} */
const verdict = (value) =>
  VERDICTS.has(text(value)) ? /** @type {Verdict} */ (value) : 'could_not_judge';
/**
 * @template T
 * @param {unknown} value
 * @param {(item: unknown) => T | null} read
 * @returns {T[]}
 */
const each = (value, read) =>
  list(value).flatMap((item) => {
    const found = read(item);
    return found === null ? [] : [found];
  });

/** @param {unknown} value @returns {SourceCard | null} */
export function card(value) {
  const raw = object(value);
  if (!text(raw.id)) return null;
  return {
    n: count(raw.n) || null,
    id: text(raw.id),
    title: text(raw.title),
    publisher: text(raw.publisher),
    published: date(raw.published),
    fetched: date(raw.fetched),
    url: text(raw.url),
    docType: text(raw.doc_type),
    role: text(raw.evidence_role),
    licence: text(raw.licence),
    language: text(raw.language),
    via: text(raw.via),
    media: text(raw.media),
  };
}

/** @param {unknown} value @returns {Citation | null} */
function citation(value) {
  const raw = object(value);
  const selector = object(raw.selector);
  if (!count(raw.n) || !text(raw.quote) || count(raw.start) >= count(raw.end)) return null;
  return {
    n: count(raw.n),
    start: count(raw.start),
    end: count(raw.end),
    quote: text(raw.quote),
    sha256: text(raw.sha256),
    quoteFound: raw.quote_verdict === 'found',
    verdict: verdict(raw.verdict),
    prefix: text(selector.prefix),
    suffix: text(selector.suffix),
    page: count(object(raw.locator).page) || null,
  };
}

/** A sentence without a citation is no finding and is not shown. @param {unknown} value @returns {Statement | null} */
export function statement(value) {
  const raw = object(value);
  const citations = each(raw.citations, citation);
  if (!text(raw.id) || !text(raw.text) || !citations.length) return null;
  const counted = object(raw.computation);
  return {
    id: text(raw.id),
    kind: text(raw.kind),
    text: text(raw.text),
    support: verdict(raw.support),
    origins: count(raw.origins),
    citations,
    counted: text(counted.op) ? { over: text(counted.over), value: count(counted.value) } : null,
  };
}

/** @param {unknown} value @returns {Section} */
export function section(value) {
  const raw = object(value);
  return {
    heading: text(raw.heading),
    kind: text(raw.kind),
    statements: each(raw.statements, statement),
  };
}

/** @param {unknown} value */
export const cards = (value) => each(value, card);
/** @param {unknown} value */
export const gaps = (value) => texts(value);
/** @param {unknown} value */
export const conflicts = (value) =>
  list(value).map((item) => ({
    statements: texts(object(item).statements),
    kind: text(object(item).kind),
  }));

/** @param {string} question @returns {Answer} */
export function emptyAnswer(question) {
  return {
    id: '',
    slug: '',
    question,
    understoodAs: '',
    language: '',
    status: '',
    checkedOn: '',
    disclaimer: '',
    staleness: '',
    warnings: [],
    corpus: null,
    searches: [],
    found: [],
    summary: [],
    sections: [],
    unverified: [],
    conflicts: [],
    refusal: null,
    gaps: [],
    sources: [],
    consulted: [],
    followUps: [],
  };
}

/**
 * Returns the answer that an answer object of the API describes, null where it is none.
 * @param {unknown} value
 * @returns {Answer | null}
 */
export function answer(value) {
  const raw = object(value);
  const report = object(raw.report);
  if (!text(raw.id) || report.schema !== 'citeproof/report@1') return null;
  const refusal = report.refusal === null ? null : object(report.refusal);
  const corpus = object(report.corpus);
  return {
    id: text(raw.id),
    slug: text(raw.slug),
    question: text(report.question),
    understoodAs: text(report.understood_as),
    language: text(report.language),
    status: text(report.status),
    checkedOn: date(report.checked_on),
    disclaimer: text(report.disclaimer),
    staleness: text(report.staleness),
    warnings: list(raw.warnings)
      .map((item) => text(object(item).detail))
      .filter(Boolean),
    corpus: { documents: count(corpus.documents), latest: date(corpus.latest_published) },
    searches: texts(object(report.method).searches),
    found: [],
    summary: each(report.summary, statement),
    sections: list(report.sections)
      .map(section)
      .filter((part) => part.statements.length),
    unverified: list(report.unverified).map((item) => ({
      text: text(object(item).text),
      findings: texts(object(item).findings),
    })),
    conflicts: conflicts(report.conflicts),
    refusal: refusal && {
      reason: text(refusal.reason),
      nearest: list(refusal.nearest).map((item) => {
        const near = object(item);
        return {
          sourceId: text(near.source_id),
          title: text(near.title),
          start: count(near.start),
          end: count(near.end),
          quote: text(near.quote),
          sha256: text(near.sha256),
        };
      }),
    },
    gaps: texts(report.gaps),
    sources: cards(report.sources),
    consulted: cards(report.consulted),
    followUps: list(report.follow_ups)
      .map((item) => ({
        question: text(object(item).question),
        evidence: count(object(item).evidence),
      }))
      .filter((item) => item.question),
  };
}
