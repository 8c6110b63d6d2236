/** Small charts as inline SVG; each says in words what it shows. */
import { svg } from './dom.js'
import { count, decimal } from './numbers.js'

const WIDTH = 420
const HEIGHT = 150
const FOOT = 22
const HEAD = 16

/**
 * @param {readonly { label: string, value: number, title?: string }[]} bars
 * @param {string} about
 */
export function barChart(bars, about) {
  const most = Math.max(1, ...bars.map(({ value }) => value))
  const step = WIDTH / Math.max(1, bars.length)
  const room = HEIGHT - FOOT - HEAD
  const every = Math.ceil(bars.length / 10)
  const chart = svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: 'chart', role: 'img', 'aria-label': `${about}: ${spoken(bars)}` })
  bars.forEach(({ label, value, title }, i) => {
    const height = value === 0 ? 0 : Math.max(1.5, (value / most) * room)
    const x = i * step
    const bar = svg('rect', { x: x + step * 0.08, y: HEAD + room - height, width: step * 0.84, height, rx: 2, class: 'bar' })
    bar.append(svg('title', {}, title ?? `${label}: ${count(value)}`))
    chart.append(bar)
    if (value === most && value > 0)
      chart.append(svg('text', { x: x + step / 2, y: HEAD + room - height - 4, 'text-anchor': 'middle', class: 'mark' }, count(value)))
    if (i % every === 0) chart.append(svg('text', { x: x + step / 2, y: HEIGHT - 7, 'text-anchor': 'middle', class: 'tick' }, label))
  })
  chart.append(svg('line', { x1: 0, x2: WIDTH, y1: HEAD + room + 0.5, y2: HEAD + room + 0.5, class: 'axis' }))
  return chart
}

/** @param {readonly { label: string, value: number }[]} bars */
function spoken(bars) {
  return bars
    .slice(0, 30)
    .map(({ label, value }) => `${label} ${count(value)}`)
    .join(', ')
}

/** @param {{ histogram: readonly { from: number, to: number, rows: number }[] }} lengths @param {string} about */
export function lengthChart({ histogram }, about) {
  return barChart(
    histogram.map(({ from, to, rows }) => ({
      label: short(from),
      value: rows,
      title: `${to - from > 1 ? `${count(from)} to ${count(to - 1)}` : count(from)}: ${count(rows)}`,
    })),
    about,
  )
}

/** @param {number} n */
function short(n) {
  return n < 1000 ? String(n) : n < 1e6 ? `${decimal(Math.round(n / 100) / 10)}k` : `${decimal(Math.round(n / 1e5) / 10)}M`
}

/** From first to last. @param {readonly number[]} values @param {string} about */
export function lineChart(values, about) {
  const height = 90
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const range = high - low || 1
  const at = (/** @type {number} */ i) => (values.length < 2 ? WIDTH / 2 : 8 + (i / (values.length - 1)) * (WIDTH - 16))
  const up = (/** @type {number} */ value) => 16 + (1 - (value - low) / range) * (height - 34)
  const words = values.map((value) => decimal(value)).join(', ')
  const chart = svg('svg', { viewBox: `0 0 ${WIDTH} ${height}`, class: 'chart', role: 'img', 'aria-label': `${about}: ${words}` })
  chart.append(svg('polyline', { points: values.map((value, i) => `${at(i)},${up(value)}`).join(' '), class: 'line' }))
  values.forEach((value, i) => {
    const dot = svg('circle', { cx: at(i), cy: up(value), r: 2.8, class: 'dot' })
    dot.append(svg('title', {}, decimal(value)))
    chart.append(dot)
  })
  chart.append(
    svg('text', { x: 2, y: height - 3, class: 'tick' }, 'first'),
    svg('text', { x: WIDTH - 2, y: height - 3, 'text-anchor': 'end', class: 'tick' }, 'last'),
    svg('text', { x: 2, y: 10, class: 'tick' }, `highest ${decimal(high)}, lowest ${decimal(low)}`),
  )
  return chart
}

/** One bar in parts. @param {readonly { name: string, word: string, value: number }[]} parts */
export function stack(parts) {
  const whole = parts.reduce((sum, { value }) => sum + value, 0)
  const about = parts.filter(({ value }) => value > 0).map(({ word, value }) => `${count(value)} ${word}`)
  const chart = svg('svg', {
    viewBox: '0 0 100 8',
    preserveAspectRatio: 'none',
    class: 'stack',
    role: 'img',
    'aria-label': about.join(', ') || 'nothing',
  })
  let x = 0
  for (const { name, word, value } of parts) {
    if (value === 0) continue
    const width = (value / whole) * 100
    const part = svg('rect', { x, y: 0, width, height: 8, class: `fill-${name}` })
    part.append(svg('title', {}, `${count(value)} ${word}`))
    chart.append(part)
    x += width
  }
  return chart
}
