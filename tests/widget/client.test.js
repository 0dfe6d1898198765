import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, Refused } from '../../api/static/client.js';
import { ANSWER, WIRE } from './fixtures.js';

const ROOT = new URL('https://proof.example/under/');
const headers = (type, more = {}) => ({ 'Content-Type': type, ...more });
const bytes = (text) => new TextEncoder().encode(text);

/** A server that answers every request alike, and notes them. */
function server(answer) {
  const seen = [];
  const get = async (url, options) => {
    seen.push({ url: String(url), ...options });
    return answer(options);
  };
  return { seen, get };
}

function streamed(chunks, { end = true } = {}) {
  return (options) =>
    new Response(
      new ReadableStream({
        async start(controller) {
          for (const chunk of chunks) controller.enqueue(chunk);
          if (end) controller.close();
          options.signal.addEventListener('abort', () => controller.error(new DOMException('aborted', 'AbortError')));
        },
      }),
      { headers: headers('text/event-stream; charset=utf-8') },
    );
}

async function ask(get, options = {}) {
  const client = new Client(ROOT, 'pk_1', { fetch: get, ...options });
  const events = [];
  try {
    for await (const event of client.ask('Who?', { signal: new AbortController().signal, attempt: 'once', ...options })) events.push(event.name);
  } catch (error) {
    assert.ok(error instanceof Refused, error);
    return { events, fault: error.fault };
  }
  return { events, fault: null };
}

test('a question is sent once, with the key, without cookies, and only to the server', async () => {
  const { seen, get } = server(streamed([bytes(WIRE)]));
  const { events, fault } = await ask(get);
  assert.equal(fault, null);
  assert.equal(events.at(-1), 'answer.completed');
  assert.equal(seen.length, 1);
  const [request] = seen;
  assert.equal(request.url, 'https://proof.example/under/v1/answers');
  assert.equal(request.credentials, 'omit');
  assert.equal(request.redirect, 'error');
  assert.equal(request.headers.Authorization, 'Bearer pk_1');
  assert.equal(request.headers['Idempotency-Key'], 'once');
  assert.deepEqual(JSON.parse(request.body), { question: 'Who?', stream: true, offset_encoding: 'codepoint' });
});

test('without a key no key is sent', async () => {
  const { seen, get } = server(streamed([bytes(WIRE)]));
  const told = new Client(ROOT, '', { fetch: get }).ask('Who?', { signal: new AbortController().signal, attempt: 'x' });
  await told.next();
  await told.return();
  assert.equal('Authorization' in seen[0].headers, false);
});

const refusals = [
  [401, {}, 'key'],
  [403, {}, 'key'],
  [422, { 'content-type': 'application/problem+json' }, 'question'],
  [429, { 'Retry-After': '7' }, 'limited'],
  [503, { 'Retry-After': '2' }, 'busy'],
  [500, {}, 'failed'],
];
for (const [status, more, kind] of refusals) {
  test(`${status} is told as ${kind}, also where its body is no JSON`, async () => {
    for (const body of [JSON.stringify({ detail: 'So.', request_id: 'req_1' }), '<html>', '']) {
      const { get } = server(() => new Response(body, { status, headers: more }));
      const { fault } = await ask(get);
      assert.equal(fault.kind, kind);
      if (status === 429) assert.equal(fault.retryAfter, 7);
    }
  });
}

test('no server is told as offline', async () => {
  const { fault } = await ask(async () => {
    throw new TypeError('fetch failed');
  });
  assert.equal(fault.kind, 'offline');
});

test('a server that is there, but whose browser keeps the question back, does not accept the page', async () => {
  const { fault } = await ask(async (url) => {
    if (String(url).startsWith(`${ROOT}v1/`)) throw new TypeError('fetch failed');
    return new Response('');
  });
  assert.equal(fault.kind, 'key');
});

test('a server that falls silent is given up', async () => {
  const { get } = server(streamed([bytes(WIRE.slice(0, 40))], { end: false }));
  const { fault } = await ask(get, { silence: 0.02 });
  assert.equal(fault.kind, 'slow');
});

test('what is no stream of events is malformed', async () => {
  const { get } = server(() => new Response('{}', { headers: headers('application/json') }));
  assert.equal((await ask(get)).fault.kind, 'malformed');
});

test('an endless event is malformed, and the connection is given up', async () => {
  const { get, seen } = server(streamed(Array.from({ length: 6 }, () => bytes('x'.repeat(2 ** 20))), { end: false }));
  assert.equal((await ask(get)).fault.kind, 'malformed');
  assert.equal(seen[0].signal.aborted, true);
});

test('stopping stops the request', async () => {
  const { get, seen } = server(streamed([bytes(WIRE.slice(0, 300))], { end: false }));
  const stop = new AbortController();
  const client = new Client(ROOT, '', { fetch: get });
  const told = client.ask('Who?', { signal: stop.signal, attempt: 'x' });
  await told.next();
  stop.abort();
  await assert.rejects(told.next(), Refused);
  assert.equal(seen[0].signal.aborted, true);
});

test('ids and slugs cannot leave their place in the address', async () => {
  const { seen, get } = server(() => Response.json(ANSWER));
  const client = new Client(ROOT, '', { fetch: get });
  await client.answer('../../keys?x#y');
  assert.equal(seen[0].url, 'https://proof.example/under/v1/answers/..%2F..%2Fkeys%3Fx%23y');
  assert.equal(client.page('a/b'), 'https://proof.example/under/r/a%2Fb');
  assert.equal(new URL(client.source('doc_1', { start: 3, end: 9, sha256: 'ab' })).search, '?at=ab&start=3&end=9');
});

test('feedback names the sentence and the citation', async () => {
  const { seen, get } = server(() => Response.json({}, { status: 201 }));
  await new Client(ROOT, '', { fetch: get }).feedback('ans_1', { vote: 'down', reason: 'wrong_source', statement: 's1', citation: 2 });
  assert.equal(seen[0].method, 'POST');
  assert.deepEqual(JSON.parse(seen[0].body), { vote: 'down', reason: 'wrong_source', statement: 's1', citation: 2 });
});
