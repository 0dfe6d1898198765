// Takes a stream of server-sent events apart, however its bytes are cut.
/** @import { StreamEvent } from './types.js' */

/** An event longer than this is no answer of ours. */
const LIMIT = 4 * 1024 * 1024;

/** Bytes in, whole events out; an event without its closing blank line is never told. */
export class Tokenizer {
  #decoder = new TextDecoder();
  #rest = '';
  #afterReturn = false;
  #name = '';
  #id = '';
  #size = 0;
  /** @type {string[]} */
  #data = [];

  /**
   * Returns the events that these bytes complete.
   * @param {Uint8Array} bytes
   * @returns {StreamEvent[]}
   * @throws {RangeError} an event is too long
   */
  push(bytes) {
    let text = this.#decoder.decode(bytes, { stream: true });
    if (this.#afterReturn && text) {
      if (text[0] === '\n') text = text.slice(1);
      this.#afterReturn = false;
    }
    if (text.endsWith('\r')) this.#afterReturn = true;
    const lines = (this.#rest + text).split(/\r\n|\r|\n/);
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length + this.#size > LIMIT) throw new RangeError('an event is too long');
    /** @type {StreamEvent[]} */
    const events = [];
    for (const line of lines) {
      const event = this.#line(line);
      if (event) events.push(event);
    }
    return events;
  }

  /** @param {string} line */
  #line(line) {
    if (!line) {
      const event = this.#data.length
        ? { name: this.#name || 'message', data: this.#data.join('\n'), id: this.#id }
        : null;
      this.#name = '';
      this.#data = [];
      this.#size = 0;
      return event;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    this.#size += line.length;
    if (field === 'event') this.#name = value;
    else if (field === 'data') this.#data.push(value);
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    return null;
  }
}
