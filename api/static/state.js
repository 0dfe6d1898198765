// What is shown, as a pure function of what has happened.
import { answer, cards, conflicts, emptyAnswer, gaps, object, section, statement, text } from './model.js';
/** @import { State, Message, Fault, Phase, Answer } from './types.js' */

/** @type {State} */
export const IDLE = { phase: 'idle', answer: emptyAnswer(''), fault: null, skipped: 0 };

/** @param {State} state */
export const isRunning = (state) =>
  state.phase === 'searching' || state.phase === 'writing' || state.phase === 'verifying';

/**
 * Returns the state after a message. After the end of an answer nothing changes it but a new
 * question.
 * @param {State} state
 * @param {Message} message
 * @returns {State}
 */
export function next(state, message) {
  if (message.type === 'ask') {
    if (isRunning(state)) return state;
    return { phase: 'searching', answer: emptyAnswer(message.question), fault: null, skipped: 0 };
  }
  if (!isRunning(state)) return state;
  switch (message.type) {
    case 'stop':
      return { ...state, phase: 'stopped' };
    case 'fault':
      return faulty(state, message.fault);
    case 'end':
      return faulty(state, fault('cut'));
    case 'event':
      return told(state, message.name, message.data);
  }
}

/**
 * @param {import('./types.js').FaultKind} kind
 * @param {Partial<Fault>} [more]
 * @returns {Fault}
 */
export const fault = (kind, more = {}) => ({
  kind,
  detail: '',
  requestId: '',
  retryAfter: 0,
  ...more,
});

/** @param {State} state @param {Fault} found @returns {State} */
function faulty(state, found) {
  /** @type {Phase} */
  const phase =
    found.kind === 'offline' ? 'offline' : found.kind === 'limited' ? 'limited' : 'failed';
  return { ...state, phase, fault: found };
}

/** @param {State} state @param {string} name @param {string} json @returns {State} */
function told(state, name, json) {
  /** @type {Record<string, unknown>} */
  let data;
  try {
    data = object(JSON.parse(json));
  } catch {
    return unread(state, name);
  }
  const shown = state.answer;
  switch (name) {
    case 'question.understood':
      if (!text(data.id)) return unread(state, name);
      return with_(state, state.phase, {
        id: text(data.id),
        understoodAs: text(data.understood_as),
        language: text(data.language),
        disclaimer: text(data.disclaimer),
      });
    case 'sources.found':
      return with_(state, 'writing', { found: cards(data.sources) });
    case 'plan.made': {
      const planned = Array.isArray(data.sections) ? data.sections.map(section) : [];
      return with_(state, 'verifying', { sections: planned });
    }
    case 'statement.verified': {
      const said = statement(data.statement);
      if (!said) return unread(state, name);
      const sources = [...shown.sources, ...cards(data.sources)];
      if (data.section === null) {
        return with_(state, 'verifying', { sources, summary: [...shown.summary, said] });
      }
      const at = Number(data.section);
      if (!shown.sections[at]) return unread(state, name);
      const sections = shown.sections.map((part, i) =>
        i === at ? { ...part, statements: [...part.statements, said] } : part,
      );
      return with_(state, 'verifying', { sources, sections });
    }
    case 'gaps.found':
      return with_(state, state.phase, {
        gaps: gaps(data.gaps),
        conflicts: conflicts(data.conflicts),
      });
    case 'answer.completed': {
      const whole = answer(data);
      if (!whole) return unread(state, name);
      return { ...state, phase: 'done', answer: { ...whole, found: shown.found } };
    }
    case 'error':
      return faulty(state, problem(data));
    default:
      return state;
  }
}

/** @param {State} state @param {Phase} phase @param {Partial<Answer>} changed @returns {State} */
const with_ = (state, phase, changed) => ({
  ...state,
  phase,
  answer: { ...state.answer, ...changed },
});

/** @param {State} state @param {string} name @returns {State} */
function unread(state, name) {
  // The last event is the answer: without it there is none, whatever came before.
  if (name === 'answer.completed' || name === 'error') return faulty(state, fault('malformed'));
  return { ...state, skipped: state.skipped + 1 };
}

/**
 * Returns the fault that a problem document tells of.
 * @param {unknown} value
 * @param {number} [wait] seconds of the header Retry-After
 * @returns {Fault}
 */
export function problem(value, wait = 0) {
  const raw = object(value);
  const status = Number(raw.status) || 0;
  const after = Number(raw.retry_after) || wait;
  const more = { detail: text(raw.detail), requestId: text(raw.request_id) };
  if (status === 401 || status === 403) return fault('key', more);
  if (status === 429) return fault('limited', { ...more, retryAfter: after || 5 });
  if (status === 422) return fault('question', more);
  if (status === 409 || status === 503 || status === 504) return fault('busy', { ...more, retryAfter: after });
  return fault('failed', more);
}
