// What was asked before in this browser: ids and questions only, nowhere where the site says none.
/** @typedef {{id: string, question: string}} Asked */

const MOST = 20;

export class History {
  /**
   * @param {string} kind none, session or local
   * @param {string} owner one list for each server and key
   */
  constructor(kind, owner) {
    this.kind = kind;
    this.name = `fc:${owner}`;
  }

  /** @returns {Storage | null} */
  get #storage() {
    try {
      if (this.kind === 'local') return localStorage;
      return this.kind === 'none' ? null : sessionStorage;
    } catch {
      return null; // the browser keeps nothing
    }
  }

  /** Oldest first. @returns {Asked[]} */
  list() {
    try {
      const found = JSON.parse(this.#storage?.getItem(this.name) ?? '[]');
      return Array.isArray(found) ? found.filter((a) => typeof a?.id === 'string' && typeof a.question === 'string') : [];
    } catch {
      return [];
    }
  }

  /** @param {Asked} asked */
  add(asked) {
    try {
      this.#storage?.setItem(this.name, JSON.stringify([...this.list().filter((a) => a.id !== asked.id), asked].slice(-MOST)));
    } catch {
      // full: nothing is kept
    }
  }

  clear() {
    this.#storage?.removeItem(this.name);
  }
}
