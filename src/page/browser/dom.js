/** Elements from data. Data becomes text nodes and nothing else: no markup is ever parsed, and the page's policy forbids it besides. */

const SVG = 'http://www.w3.org/2000/svg'

/** Controls, bidi controls, invisible characters: shown as escapes, because they can hide or reorder what is read. */
const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}\p{Cs}]/gu

/** @param {unknown} text */
export function visible(text) {
  return String(text).replace(HIDDEN, (char) => {
    const code = /** @type {number} */ (char.codePointAt(0))
    const hex = code.toString(16)
    return code < 0x100 ? `\\x${hex.padStart(2, '0')}` : code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`
  })
}

/**
 * @param {string} tag
 * @param {Record<string, unknown>} [attributes] `on…` are listeners; true sets an attribute without a value, false and undefined leave it out
 * @param {...(Node | string | number | undefined | null | false)} children
 * @returns {HTMLElement}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  dress(element, attributes)
  for (const child of children) if (child !== undefined && child !== null && child !== false) element.append(nodeOf(child))
  return element
}

/**
 * @param {string} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Node | string)} children
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag)
  dress(element, attributes)
  for (const child of children) element.append(nodeOf(child))
  return element
}

/** @param {Element} element @param {Record<string, unknown>} attributes */
function dress(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue
    if (name.startsWith('on')) element.addEventListener(name.slice(2), /** @type {EventListener} */ (value))
    else element.setAttribute(name, value === true ? '' : visible(value))
  }
}

/** @param {Node | string | number} child */
function nodeOf(child) {
  return typeof child === 'object' ? child : document.createTextNode(visible(child))
}

/** @param {string} id @returns {HTMLElement} */
export function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id))
}
