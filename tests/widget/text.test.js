import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atQuote, clean, link, runs } from '../../api/static/text.js';

test('invisible characters go, and controls of the writing direction show', () => {
  assert.equal(clean('a\u200bb\u2060c\u{e0041}\u{e007f}d\ufe0fe\u00adf\ufeffg\u0000h'), 'abcdefgh');
  assert.equal(clean('safe\u202egnp.exe'), 'safe[U+202E]gnp.exe');
  assert.equal(clean('a\u2066b\u2069'), 'a[U+2066]b[U+2069]');
  assert.equal(clean('one\n\ntwo\u2028three'), 'one two three');
});

test('joiners stay where they are spelling', () => {
  assert.equal(clean('می\u200cخواهم'), 'می\u200cخواهم');
  assert.equal(clean('क\u094d\u200dष'), 'क\u094d\u200dष');
  assert.equal(clean('pass\u200dword\u200c'), 'password');
});

test('only brackets that the sentence cites are marks', () => {
  const cited = new Set([1, 2, 3]);
  assert.deepEqual(runs('Boats fell [1] [3].', cited), ['Boats fell ', 1, ' ', 3, '.']);
  assert.deepEqual(runs('So [1-3] and [2, 3].', cited), ['So ', 1, ' ', 2, ' ', 3, ' and ', 2, ' ', 3, '.']);
  for (const words of ['In [2024].', 'Not [0].', 'See [99].', 'Or 【1】.', '[x]', '[1', '[1, 9]']) {
    assert.deepEqual(runs(words, cited), [words]);
  }
});

test('runs join to the cleaned sentence', () => {
  const cited = new Set([1]);
  const pieces = ['[1]', '[', ']', '1', ' ', 'a', '\u202e', '[1', '99]'];
  for (let seed = 1; seed < 400; seed += 1) {
    let at = seed * 7919;
    let text = '';
    for (let i = 0; i < 12; i += 1) {
      at = (at * 1103515245 + 12345) % 2147483648;
      text += pieces[at % pieces.length];
    }
    const joined = runs(text, cited).map((run) => (typeof run === 'number' ? `[${run}]` : run)).join('');
    assert.equal(joined, clean(text));
  }
});

test('a very long word is read in a moment', () => {
  const long = '['.repeat(5000) + '1'.repeat(5000) + ']'.repeat(5000);
  assert.equal(runs(long, new Set([1])).join(''), long);
});

test('only plain web addresses may be links', () => {
  for (const good of ['https://port.example/a?b=1#c', 'http://port.example', 'https://xn--bcher-kva.example/']) {
    assert.equal(link(good)?.href.startsWith('http'), true, good);
  }
  for (const bad of [
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' https://port.example',
    'data:text/html,x',
    '//port.example',
    'https://user:pw@port.example/',
    'https://port.example/\u202e',
    'https://port.example/"onclick=x',
    'https://port.example/<b>',
    'https:port.example',
    'https://',
    'ftp://port.example',
    'vbscript:x',
    '',
  ]) {
    assert.equal(link(bad), null, bad);
  }
});

test('an address leads to the quote by a text fragment, where the text is its own', () => {
  const url = new URL('https://port.example/a');
  assert.equal(atQuote(url, 'The count - 312, boats & all', 'web'), 'https://port.example/a#:~:text=The%20count%20%2D%20312%2C%20boats%20%26%20all');
  assert.equal(atQuote(url, 'one two three four five six seven eight nine', 'web'), 'https://port.example/a#:~:text=one%20two%20three%20four,six%20seven%20eight%20nine');
  assert.equal(atQuote(url, 'The count', 'note'), 'https://port.example/a');
  assert.equal(atQuote(new URL('https://port.example/a#b'), 'The count', 'web'), 'https://port.example/a#b');
  assert.equal(atQuote(new URL('https://port.example/a.pdf'), 'The count', 'web'), 'https://port.example/a.pdf');
});
