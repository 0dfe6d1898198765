// A small answer as the API tells it.
export const CARD = {
  n: 1,
  id: 'doc_1',
  title: 'Harbour survey',
  publisher: 'Port Office',
  published: '2024-03',
  url: 'https://port.example/survey',
  evidence_role: 'data',
  language: 'en',
  media: null,
  sha256: 'a'.repeat(64),
};
export const citation = (n = 1, more = {}) => ({
  n,
  start: 0,
  end: 26,
  quote: 'The count was 312 boats.',
  sha256: 'a'.repeat(64),
  quote_verdict: 'found',
  verdict: 'supports',
  score: 1,
  selector: { exact: 'The count was 312 boats.', prefix: '', suffix: ' It fell.' },
  locator: { type: 'char', start: 0, end: 26, page: null },
  ...more,
});
export const statement = (id, more = {}) => ({
  id,
  kind: 'quoted',
  text: 'The count was 312 boats [1].',
  support: 'supports',
  score: 1,
  origins: 1,
  citations: [citation()],
  computation: null,
  ...more,
});
export const REPORT = {
  schema: 'citeproof/report@1',
  question: 'How many boats?',
  understood_as: 'How many boats?',
  language: 'en',
  status: 'answered',
  checked_on: '2026-11-24',
  disclaimer: 'It can be wrong.',
  staleness: null,
  corpus: { documents: 3, latest_published: '2025-03' },
  summary: [statement('s1')],
  sections: [{ heading: 'Boats', kind: 'finding', statements: [statement('s2')] }],
  unverified: [],
  conflicts: [],
  refusal: null,
  gaps: [],
  sources: [CARD],
  consulted: [],
  follow_ups: [{ question: 'And in 2023?', evidence: 2 }],
  method: { searches: ['boats'] },
};
export const ANSWER = { id: 'ans_1', object: 'answer', slug: 'how-many-1', warnings: [], report: REPORT };
export const EVENTS = [
  ['question.understood', { id: 'ans_1', disclaimer: 'It can be wrong.', understood_as: 'How many boats?', language: 'en' }],
  ['sources.found', { searches: ['boats'], sources: [{ ...CARD, n: undefined }] }],
  ['statement.verified', { section: null, statement: statement('s1'), sources: [CARD] }],
  ['plan.made', { sections: [{ heading: 'Boats', kind: 'finding' }] }],
  ['statement.verified', { section: 0, statement: statement('s2'), sources: [] }],
  ['gaps.found', { gaps: ['No count of 2024.'], conflicts: [] }],
  ['answer.completed', ANSWER],
].map(([name, data]) => ({ type: 'event', name, data: JSON.stringify(data) }));
export const WIRE = EVENTS.map(({ name, data }, i) => `event: ${name}\ndata: ${data}\nid: ${i + 1}\n\n`).join('');
