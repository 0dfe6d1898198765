// Talks to the API: the one place where anything is sent, and only to the server of the widget.
import { answer } from './model.js';
import { fault, problem } from './state.js';
import { Tokenizer } from './sse.js';
/** @import { Fault, StreamEvent } from './types.js' */

/** Seconds without a byte after which a stream is given up; the server pings every 15. */
const SILENCE = 45;

/** A request that came to nothing, with what to tell the reader. */
export class Refused extends Error {
  /** @param {Fault} found */
  constructor(found) {
    super(found.kind);
    this.fault = found;
  }
}

export class Client {
  /**
   * @param {URL} root of the server
   * @param {string} key publishable key of the site, or ""
   * @param {{fetch?: typeof fetch, silence?: number}} [parts]
   */
  constructor(root, key, { fetch: get, silence = SILENCE } = {}) {
    this.root = root;
    this.key = key;
    this.silence = silence;
    this.get = get ?? ((...args) => fetch(...args));
  }

  /**
   * Asks, and yields the events of the answer as they come.
   * @param {string} question
   * @param {{signal: AbortSignal, attempt: string}} options `attempt` names the question across
   *   retries, so that none is answered twice
   * @returns {AsyncGenerator<StreamEvent>}
   * @throws {Refused}
   */
  async *ask(question, { signal, attempt }) {
    const stop = new AbortController();
    const forward = () => stop.abort();
    signal.addEventListener('abort', forward);
    let late = false;
    let over = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let clock;
    const heard = () => {
      clearTimeout(clock);
      clock = setTimeout(() => {
        late = true;
        stop.abort();
      }, this.silence * 1000);
    };
    try {
      heard();
      const response = await this.#send('v1/answers', stop.signal, {
        body: { question, stream: true, offset_encoding: 'codepoint' },
        headers: { 'Idempotency-Key': attempt },
      });
      const type = response.headers.get('Content-Type') ?? '';
      if (!response.body || !type.startsWith('text/event-stream')) {
        throw new Refused(fault('malformed'));
      }
      const tokens = new Tokenizer();
      const reader = response.body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) {
          over = true;
          return;
        }
        heard();
        yield* tokens.push(value);
      }
    } catch (error) {
      if (error instanceof Refused) throw error;
      if (error instanceof RangeError) throw new Refused(fault('malformed'));
      throw new Refused(fault(late ? 'slow' : 'offline'));
    } finally {
      clearTimeout(clock);
      signal.removeEventListener('abort', forward);
      if (!over) stop.abort();
    }
  }

  /**
   * Returns a stored answer.
   * @param {string} id
   * @throws {Refused}
   */
  async answer(id) {
    const response = await this.#send(`v1/answers/${encodeURIComponent(id)}`);
    const found = answer(await response.json());
    if (!found) throw new Refused(fault('malformed'));
    return found;
  }

  /**
   * Returns a cited passage with the words around it.
   * @param {string} source
   * @param {{start: number, end: number, sha256: string}} span
   * @returns {Promise<{before: string, exact: string, after: string, headings: string[]}>}
   * @throws {Refused}
   */
  async passage(source, { start, end, sha256 }) {
    const query = new URLSearchParams({
      start: String(start),
      end: String(end),
      at: sha256,
      context: '160',
    });
    const response = await this.#send(`v1/sources/${encodeURIComponent(source)}/passage?${query}`);
    const data = await response.json();
    return {
      before: String(data.before ?? ''),
      exact: String(data.exact ?? ''),
      after: String(data.after ?? ''),
      headings: Array.isArray(data.headings) ? data.headings.map(String) : [],
    };
  }

  /**
   * Tells the site what a reader thought.
   * @param {string} id of the answer
   * @param {{vote: string, reason?: string, comment?: string, statement?: string, citation?: number}} said
   * @throws {Refused}
   */
  async feedback(id, said) {
    await this.#send(`v1/answers/${encodeURIComponent(id)}/feedback`, null, { body: said });
  }

  /** The page of a stored answer. @param {string} slug */
  page(slug) {
    return new URL(`r/${encodeURIComponent(slug)}`, this.root).href;
  }

  /**
   * The page of a stored source, opened at a passage.
   * @param {string} source
   * @param {{start: number, end: number, sha256: string}} span
   */
  source(source, { start, end, sha256 }) {
    const query = new URLSearchParams({ at: sha256, start: String(start), end: String(end) });
    return new URL(`s/${encodeURIComponent(source)}?${query}#passage`, this.root).href;
  }

  /**
   * @param {string} path
   * @param {AbortSignal | null} [signal]
   * @param {{body?: object, headers?: Record<string, string>}} [post]
   */
  async #send(path, signal = null, { body, headers = {} } = {}) {
    /** @type {Response} */
    let response;
    try {
      response = await this.get(new URL(path, this.root), {
        method: body ? 'POST' : 'GET',
        headers: {
          ...(body ? { 'Content-Type': 'application/json' } : {}),
          ...(this.key ? { Authorization: `Bearer ${this.key}` } : {}),
          ...headers,
        },
        body: body ? JSON.stringify(body) : null,
        signal,
        credentials: 'omit',
        cache: 'no-store',
        referrerPolicy: 'no-referrer',
        redirect: 'error',
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Refused(fault((await this.#answers()) ? 'key' : 'offline'));
    }
    if (response.ok) return response;
    const wait = Number(response.headers.get('Retry-After')) || 0;
    const told = await response.json().catch(() => ({}));
    throw new Refused(problem({ ...told, status: response.status }, wait));
  }

  /** Says whether the server is there: then the browser kept a page from asking that may not. */
  async #answers() {
    try {
      return (await this.get(new URL('w/1/icon.svg', this.root), { credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer' })).ok;
    } catch {
      return false;
    }
  }
}
