/** A list of any length of which only what is seen exists: one height for all lines, one tab stop, arrow keys to move. */
import { el } from './dom.js'

const LINE = 36
const BEYOND = 8
// Browsers stop counting at some 33 million pixels.
const TALLEST = 30_000_000

/**
 * @param {{ label: string, line: (place: number) => readonly Node[], onChoose: (place: number) => void, onEnter: () => void }} options
 */
export function virtualList({ label, line, onChoose, onEnter }) {
  let length = 0
  let chosen = -1
  const room = el('div', { class: 'list-room', role: 'presentation' })
  const list = el('div', { class: 'list', role: 'listbox', tabindex: '0', 'aria-label': label }, room)
  const scale = () => Math.max(1, (length * LINE) / TALLEST)

  function draw() {
    const shown = Math.ceil(list.clientHeight / LINE)
    const first = Math.max(0, Math.floor((list.scrollTop * scale()) / LINE) - BEYOND)
    const last = Math.min(length, first + shown + 2 * BEYOND)
    const lines = []
    for (let place = first; place < last; place++) {
      const option = el(
        'div',
        {
          id: `option-${place}`,
          class: 'option',
          role: 'option',
          'aria-selected': place === chosen ? 'true' : 'false',
          'aria-setsize': length,
          'aria-posinset': place + 1,
          onclick: () => choose(place),
        },
        ...line(place),
      )
      option.style.top = `${scale() === 1 ? place * LINE : list.scrollTop + (place * LINE - list.scrollTop * scale())}px`
      lines.push(option)
    }
    room.replaceChildren(...lines)
    if (chosen >= first && chosen < last) list.setAttribute('aria-activedescendant', `option-${chosen}`)
    else list.removeAttribute('aria-activedescendant')
  }

  /** @param {number} place */
  function choose(place) {
    if (length === 0) return
    chosen = Math.max(0, Math.min(length - 1, place))
    reveal(chosen)
    draw()
    onChoose(chosen)
  }

  /** @param {number} place */
  function reveal(place) {
    const top = (place * LINE) / scale()
    if (top < list.scrollTop) list.scrollTop = top
    else if (top + LINE > list.scrollTop + list.clientHeight) list.scrollTop = top + LINE - list.clientHeight
  }

  list.addEventListener('scroll', draw, { passive: true })
  list.addEventListener('keydown', (event) => {
    const page = Math.max(1, Math.floor(list.clientHeight / LINE) - 1)
    const moves = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page })
    if (event.key in moves) choose(chosen < 0 ? 0 : chosen + /** @type {number} */ (moves[event.key]))
    else if (event.key === 'Home') choose(0)
    else if (event.key === 'End') choose(length - 1)
    else if (event.key === 'Enter') onEnter()
    else return
    event.preventDefault()
  })
  new ResizeObserver(draw).observe(list)

  return {
    element: list,
    choose,
    /** @param {number} count */
    show(count) {
      length = count
      chosen = -1
      room.style.height = `${Math.min(TALLEST, count * LINE)}px`
      list.scrollTop = 0
      draw()
    },
    redraw: draw,
  }
}
