// What crosses the wire, as far as the widget reads it; see docs/errors.md and /openapi.json.
export interface SourceCard {
  n: number | null;
  id: string;
  title: string;
  publisher: string;
  published: string;
  fetched: string;
  url: string;
  docType: string;
  role: string;
  licence: string;
  language: string;
  via: string;
  media: string;
}

export type Verdict = 'supports' | 'partly' | 'refutes' | 'not_addressed' | 'could_not_judge';

export interface Citation {
  n: number;
  start: number;
  end: number;
  quote: string;
  sha256: string;
  quoteFound: boolean;
  verdict: Verdict;
  prefix: string;
  suffix: string;
  page: number | null;
}

export interface Statement {
  id: string;
  kind: string;
  text: string;
  support: Verdict;
  origins: number;
  citations: Citation[];
  counted: { over: string; value: number } | null;
}

export interface Section {
  heading: string;
  kind: string;
  statements: Statement[];
}

export interface Conflict {
  statements: string[];
  kind: string;
}

export interface Passage {
  sourceId: string;
  title: string;
  start: number;
  end: number;
  quote: string;
  sha256: string;
}

export interface Refusal {
  reason: string;
  nearest: Passage[];
}

export interface Corpus {
  documents: number;
  latest: string;
}

/** Everything that is shown of one answer, complete or in the making. */
export interface Answer {
  id: string;
  slug: string;
  question: string;
  understoodAs: string;
  language: string;
  status: string;
  checkedOn: string;
  disclaimer: string;
  staleness: string;
  warnings: string[];
  corpus: Corpus | null;
  searches: string[];
  found: SourceCard[];
  summary: Statement[];
  sections: Section[];
  unverified: { text: string; findings: string[] }[];
  conflicts: Conflict[];
  refusal: Refusal | null;
  gaps: string[];
  sources: SourceCard[];
  consulted: SourceCard[];
  followUps: { question: string; evidence: number }[];
}

export type Phase =
  | 'idle'
  | 'searching'
  | 'writing'
  | 'verifying'
  | 'done'
  | 'stopped'
  | 'failed'
  | 'offline'
  | 'limited';

export type FaultKind =
  | 'offline'
  | 'key'
  | 'limited'
  | 'busy'
  | 'question'
  | 'slow'
  | 'cut'
  | 'malformed'
  | 'failed';

export interface Fault {
  kind: FaultKind;
  detail: string;
  requestId: string;
  retryAfter: number;
}

export interface State {
  phase: Phase;
  answer: Answer;
  fault: Fault | null;
  /** Events that could not be read and were passed over. */
  skipped: number;
}

export type Message =
  | { type: 'ask'; question: string }
  | { type: 'event'; name: string; data: string }
  | { type: 'stop' }
  | { type: 'fault'; fault: Fault }
  | { type: 'end' };

export interface StreamEvent {
  name: string;
  data: string;
  id: string;
}

/** A translation: plain, or by plural category. */
export type Entry = string | Partial<Record<Intl.LDMLPluralRule, string>>;
export type Catalogue = Record<string, Entry>;
export interface Words {
  language: string;
  direction: 'ltr' | 'rtl';
  t: (key: string, values?: Record<string, string | number>) => string;
  date: (iso: string) => string;
  number: (value: number) => string;
  list: (parts: string[]) => string;
}

export interface Options {
  root: URL;
  files: URL;
  key: string;
  mode: string;
  language: string;
  history: string;
  read: string;
}

export interface Panel {
  open(): void;
  close(): void;
  ask(question: string): void;
  reset(): void;
  suspend(): void;
  readonly isOpen: boolean;
}
