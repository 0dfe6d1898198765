// What is wrong with an answer, or with one citation of it: a button and the form that it opens.
import { el } from './dom.js';
/** @import { Words } from './types.js' */

const REASONS = ['wrong_source', 'unsupported', 'outdated', 'incomplete', 'harmful', 'other'];

/**
 * @param {Words} words
 * @param {string} name of the button
 * @param {string} title of the form
 * @param {(said: {vote: string, reason: string, comment?: string}) => Promise<void>} send
 * @param {() => void} [moved] called when the form opens or closes
 * @returns {[HTMLElement, HTMLElement, HTMLElement]} button, form, and what came of it
 */
export function complaint({ t }, name, title, send, moved = () => {}) {
  const note = el('p', { class: 'said', role: 'status' });
  const reason = el('select', {}, ...REASONS.map((value) => el('option', { value }, t(`r_${value}`))));
  const comment = el('textarea', { rows: 2, maxlength: 2000 });
  const told = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const more = comment.value.trim();
    try {
      await send({ vote: 'down', reason: reason.value, ...(more && { comment: more }) });
      form.hidden = open.hidden = true;
      note.textContent = t('thanks');
    } catch {
      note.textContent = t('notDone');
    }
  };
  const form = el('form', { hidden: true, submit: told }, el('label', {}, title, reason), el('label', {}, t('comment'), comment), el('button', { type: 'submit', class: 'main' }, t('send')));
  const toggle = () => {
    form.hidden = !form.hidden;
    open.setAttribute('aria-expanded', String(!form.hidden));
    if (!form.hidden) reason.focus();
    moved();
  };
  const open = el('button', { type: 'button', class: 'plain', 'aria-expanded': 'false', click: toggle }, name);
  return [open, form, note];
}
