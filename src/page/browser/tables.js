/** Tables and the frames that things stand in. */
import { el } from './dom.js'

/**
 * @param {string} caption said to who cannot see what the table stands below
 * @param {readonly (string | { text: string, number?: boolean })[]} columns
 * @param {readonly (readonly (Node | string | number | undefined)[])[]} lines the first cell of each heads it
 */
export function table(caption, columns, lines) {
  const heads = columns.map((column) => (typeof column === 'string' ? { text: column, number: false } : column))
  const kind = (/** @type {number} */ i) => (heads[i]?.number ? 'number' : undefined)
  return scroller(
    caption,
    el(
      'table',
      {},
      el('caption', { class: 'unseen' }, caption),
      el('thead', {}, el('tr', {}, ...heads.map(({ text }, i) => el('th', { scope: 'col', class: kind(i) }, text)))),
      el(
        'tbody',
        {},
        ...lines.map((line) =>
          el(
            'tr',
            {},
            ...line.map((value, i) => el(i === 0 ? 'th' : 'td', { ...(i === 0 ? { scope: 'row' } : {}), class: kind(i) }, value ?? '')),
          ),
        ),
      ),
    ),
  )
}

/** What may be wider than the page scrolls by itself, with keys too. @param {string} label @param {...Node} children */
export function scroller(label, ...children) {
  return el('div', { class: 'scroller', role: 'region', 'aria-label': label, tabindex: '0' }, ...children)
}

/** @param {string} title @param {...(Node | string | undefined | false)} children */
export function panel(title, ...children) {
  return el('div', { class: 'panel' }, el('h3', {}, title), ...children)
}

/** @param {string} text */
export function note(text) {
  return el('p', { class: 'note' }, text)
}
