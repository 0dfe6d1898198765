import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { LANGUAGES, PSEUDO, spoken, words } from '../../api/static/i18n.js';

const FOLDER = new URL('../../api/static/', import.meta.url);
const catalogue = (language) => JSON.parse(readFileSync(new URL(`locales/${language}.json`, FOLDER), 'utf8'));
const english = catalogue('en');
const holes = (entry) => new Set(Object.values(typeof entry === 'string' ? { entry } : entry).flatMap((form) => form.match(/\{\w+\}/g) ?? []));

test('every language has a file, and every file a language', () => {
  const files = readdirSync(new URL('locales/', FOLDER)).map((name) => name.replace('.json', ''));
  assert.deepEqual(files.sort(), [...LANGUAGES].sort());
});

for (const language of LANGUAGES) {
  test(`${language} has all words, in its plurals, with the same places to fill`, () => {
    const held = catalogue(language);
    assert.deepEqual(Object.keys(held), Object.keys(english));
    for (const [key, entry] of Object.entries(held)) {
      assert.deepEqual(holes(entry), holes(english[key]), key);
      for (const form of Object.values(typeof entry === 'string' ? { entry } : entry)) assert.ok(form.trim(), key);
      if (typeof entry !== 'string') assert.ok(entry.other, key);
    }
    const { t } = words(held, language);
    for (const n of [0, 1, 2, 3, 11, 100, 1000000]) {
      for (const key of Object.keys(held)) assert.ok(t(key, { n, date: 'd', name: 'x', host: 'h', id: 'i', over: 'o' }));
    }
  });
}

test('no word is missing or left over in the code', () => {
  const code = readdirSync(FOLDER).filter((name) => name.endsWith('.js')).map((name) => readFileSync(new URL(name, FOLDER), 'utf8')).join('\n');
  const composed = /^(c|f|r|v|role)_/;
  for (const key of Object.keys(english)) {
    if (!composed.test(key)) assert.ok(code.includes(`'${key}'`) || code.includes(`.${key}`), key);
  }
  for (const [, key] of code.matchAll(/\bt\('(\w+)'/g)) assert.ok(key in english, key);
});

test('plurals follow the language', () => {
  const arabic = words(catalogue('ar'), 'ar');
  assert.notEqual(arabic.t('sentences', { n: 2 }), arabic.t('sentences', { n: 3 }));
  const { t } = words(english, 'en');
  assert.equal(t('sentences', { n: 1 }), '1 sentence');
  assert.equal(t('sentences', { n: 1200 }), '1,200 sentences');
});

test('dates are as precise as they are known', () => {
  const { date } = words(english, 'en');
  assert.equal(date('2024'), '2024');
  assert.equal(date('2024-03'), 'March 2024');
  assert.equal(date('2024-03-09'), 'March 9, 2024');
  assert.equal(date('spring'), 'spring');
});

test('languages are found by their tags', () => {
  const wanted = { 'de-AT': 'de', EN: 'en', 'pt_BR': 'pt', iw: 'he', 'zh-Hant-TW': 'zh', xx: 'en', '': 'en', qps: PSEUDO };
  for (const [tag, language] of Object.entries(wanted)) assert.equal(spoken(tag), language);
  assert.equal(words(catalogue('he'), 'he').direction, 'rtl');
});

test('the pseudo-locale is longer and fills the same places', () => {
  const { t } = words(english, PSEUDO);
  const shown = t('checkedOn', { date: 'May 2024' });
  assert.match(shown, /^⟦Ch[^ ]+ [^ ]+ May 2024⟧$/);
  assert.ok(t('intro').length > english.intro.length * 1.2);
});
