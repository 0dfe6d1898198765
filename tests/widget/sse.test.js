import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tokenizer } from '../../api/static/sse.js';

const bytes = (text) => new TextEncoder().encode(text);
const STREAM =
  ': ping\n\nevent: question.understood\ndata: {"a":"é 港口 🛥️"}\nid: 1\n\n' +
  'event: statement.verified\r\ndata: {"b":1,\r\ndata: "c":2}\r\nid: 2\r\n\r\n' +
  'data: bare\r\revent: gone\ndata: never finished\n';
const EVENTS = [
  { name: 'question.understood', data: '{"a":"é 港口 🛥️"}', id: '1' },
  { name: 'statement.verified', data: '{"b":1,\n"c":2}', id: '2' },
  { name: 'message', data: 'bare', id: '2' },
];

test('a whole stream is taken apart, and its unfinished end is not told', () => {
  assert.deepEqual(new Tokenizer().push(bytes(STREAM)), EVENTS);
});

test('the stream may be cut at every byte', () => {
  const whole = bytes(STREAM);
  for (let cut = 0; cut <= whole.length; cut += 1) {
    const tokens = new Tokenizer();
    const events = [...tokens.push(whole.slice(0, cut)), ...tokens.push(whole.slice(cut))];
    assert.deepEqual(events, EVENTS, `cut at ${cut}`);
  }
});

test('the stream may come byte by byte', () => {
  const tokens = new Tokenizer();
  const events = [...bytes(STREAM)].flatMap((byte) => tokens.push(Uint8Array.of(byte)));
  assert.deepEqual(events, EVENTS);
});

test('comments, unknown fields and lines without a colon are passed over', () => {
  const events = new Tokenizer().push(bytes(':x\nretry: 5\nnonsense\ndata\ndata:y\n\n'));
  assert.deepEqual(events, [{ name: 'message', data: '\ny', id: '' }]);
});

test('a broken character does not break the stream', () => {
  const broken = Uint8Array.of(...bytes('data: a'), 0xff, 0xc3, ...bytes('b\n\ndata: c\n\n'));
  assert.deepEqual(new Tokenizer().push(broken).map((event) => event.data), ['a��b', 'c']);
});

test('an endless line is refused', () => {
  const tokens = new Tokenizer();
  const much = bytes('x'.repeat(2 ** 20));
  assert.throws(() => {
    for (let i = 0; i < 8; i += 1) tokens.push(much);
  }, RangeError);
});

test('an endless event of short lines is refused', () => {
  const tokens = new Tokenizer();
  const much = bytes('data: x\n'.repeat(2 ** 16));
  assert.throws(() => {
    for (let i = 0; i < 16; i += 1) tokens.push(much);
  }, RangeError);
});
