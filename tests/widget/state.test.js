import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IDLE, fault, isRunning, next, problem } from '../../api/static/state.js';
import { EVENTS, statement } from './fixtures.js';

const ask = (question = 'How many boats?') => next(IDLE, { type: 'ask', question });
const after = (messages, state = ask()) => messages.reduce(next, state);
const event = (name, data) => ({ type: 'event', name, data: typeof data === 'string' ? data : JSON.stringify(data) });

test('an answer goes from searching over writing and verifying to done', () => {
  const phases = [];
  EVENTS.reduce((state, message) => {
    const now = next(state, message);
    phases.push(now.phase);
    return now;
  }, ask());
  assert.deepEqual(phases, ['searching', 'writing', 'verifying', 'verifying', 'verifying', 'verifying', 'done']);
});

test('what was told is shown before the answer is complete', () => {
  const { answer } = after(EVENTS.slice(0, 6));
  assert.deepEqual(answer.summary.map((s) => s.id), ['s1']);
  assert.deepEqual(answer.sections.map((part) => part.statements.map((s) => s.id)), [['s2']]);
  assert.equal(answer.sources[0].publisher, 'Port Office');
  assert.equal(answer.disclaimer, 'It can be wrong.');
  assert.deepEqual(answer.gaps, ['No count of 2024.']);
});

test('the last event is authoritative', () => {
  const { answer, phase } = after(EVENTS);
  assert.equal(phase, 'done');
  assert.equal(answer.slug, 'how-many-1');
  assert.deepEqual(answer.gaps, []);
  assert.equal(answer.found.length, 1);
});

test('after the end nothing changes an answer but a new question', () => {
  const ends = [
    after(EVENTS),
    next(ask(), { type: 'stop' }),
    next(ask(), { type: 'end' }),
    next(ask(), { type: 'fault', fault: fault('offline') }),
  ];
  for (const end of ends) {
    assert.equal(isRunning(end), false);
    for (const message of [...EVENTS, { type: 'stop' }, { type: 'end' }, { type: 'fault', fault: fault('failed') }]) {
      assert.equal(next(end, message), end);
    }
    assert.equal(next(end, { type: 'ask', question: 'Next?' }).phase, 'searching');
  }
});

test('a question while one is answered is not asked', () => {
  const state = ask();
  assert.equal(next(state, { type: 'ask', question: 'Another?' }), state);
});

test('a stream that ends early keeps what was checked and says that it was cut', () => {
  for (let told = 0; told < EVENTS.length; told += 1) {
    const state = after([...EVENTS.slice(0, told), { type: 'end' }]);
    assert.equal(state.phase, 'failed');
    assert.equal(state.fault.kind, 'cut');
    assert.equal(state.answer.summary.length, told > 2 ? 1 : 0);
  }
});

test('events that cannot be read are counted and passed over', () => {
  const bad = [
    event('statement.verified', '{'),
    event('statement.verified', 'null'),
    event('statement.verified', []),
    event('statement.verified', { section: null, statement: statement('s9', { citations: [] }), sources: [] }),
    event('statement.verified', { section: 7, statement: statement('s9'), sources: [] }),
    event('statement.verified', { section: '__proto__', statement: statement('s9'), sources: [] }),
    event('question.understood', { id: 5 }),
  ];
  const state = after([...EVENTS.slice(0, 4), ...bad]);
  assert.equal(state.skipped, bad.length);
  assert.equal(state.phase, 'verifying');
  assert.deepEqual(after(EVENTS.slice(4), state).phase, 'done');
});

test('an unknown event changes nothing', () => {
  const state = ask();
  assert.equal(next(state, event('thread.renamed', {})), state);
});

test('a last event that cannot be read is no answer', () => {
  for (const data of ['{', '[]', {}, { id: 'ans_1', report: {} }, { id: '', report: { schema: 'citeproof/report@1' } }]) {
    const state = after([...EVENTS.slice(0, 4), event('answer.completed', data)]);
    assert.equal(state.phase, 'failed');
    assert.equal(state.fault.kind, 'malformed');
  }
});

test('wrong fields of a report become empty ones, and no exception', () => {
  const wrong = [null, 5, 'x', [], {}, [null], [[]], [{}], { a: 1 }];
  const [last] = EVENTS.slice(-1);
  const whole = JSON.parse(last.data);
  for (const name of Object.keys(whole.report)) {
    if (name === 'schema') continue;
    for (const value of wrong) {
      const data = { ...whole, report: { ...whole.report, [name]: value } };
      assert.equal(next(ask(), event('answer.completed', data)).phase, 'done', `${name} ${JSON.stringify(value)}`);
    }
  }
});

test('problems become what a reader can do about them', () => {
  const kinds = { 401: 'key', 403: 'key', 409: 'busy', 422: 'question', 429: 'limited', 500: 'failed', 503: 'busy', 504: 'busy', x: 'failed' };
  for (const [status, kind] of Object.entries(kinds)) assert.equal(problem({ status }).kind, kind);
  assert.equal(problem({ status: 429, retry_after: 7 }).retryAfter, 7);
  assert.equal(problem({ status: 429 }, 9).retryAfter, 9);
  assert.equal(problem({ status: 429 }).retryAfter, 5);
  assert.equal(problem(null).kind, 'failed');
});

test('an error event names its request', () => {
  const state = after([event('error', { status: 503, detail: 'Busy.', request_id: 'req_1', retry_after: 2 })]);
  assert.deepEqual(state.fault, { kind: 'busy', detail: 'Busy.', requestId: 'req_1', retryAfter: 2 });
});

test('too many questions is a state of its own', () => {
  const state = next(ask(), { type: 'fault', fault: problem({ status: 429, retry_after: 3 }) });
  assert.equal(state.phase, 'limited');
});
