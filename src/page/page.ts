/**
 * The report as one HTML file that needs nothing else: no request leaves it, only its own script runs, and what models said is
 * data in it, never markup. The report comes before the rows, so that it is read while they are still coming.
 */
import type { DatasetReport, ReportItem } from '../events/dataset-report.ts'
import { pageScript, pageStyle } from './assets.ts'
import { charLimit, columnsBlock, rowBlocks } from './blocks.ts'

export interface PageContent {
  readonly report: DatasetReport
  /** Walked twice. */
  readonly items: Iterable<ReportItem>
  /** Characters of each row's texts. */
  readonly sizes: Uint32Array
}

/** By it a report is told from a file that must not be overwritten. */
export const PAGE_BEGINNING = '<!doctype html>\n<!-- datagen report -->\n'

const SECTIONS = [
  ['overview', 'What was asked and what came'],
  ['coverage', 'Coverage'],
  ['lengths', 'Lengths'],
  ['habits', 'Duplicates and templates'],
  ['judges', 'Judges'],
  ['cost', 'Cost'],
  ['cells', 'Every cell'],
] as const

export function* pageTexts({ report, items, sizes }: PageContent): Generator<string> {
  const script = pageScript()
  const style = pageStyle()
  const policy = [
    "default-src 'none'",
    `script-src '${script.digest}'`,
    `style-src '${style.digest}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ')
  yield `${PAGE_BEGINNING}<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${escaped(report.dataset)}: report</title>
<style>${style.text}</style>
</head>
<body>
<a class="skip" href="#cells">To the cells</a>
<div id="banner" role="region" aria-label="Warning" hidden></div>
<header><div><h1 id="name"></h1><p id="made"></p></div><div id="tools"></div></header>
<nav aria-label="Sections"><ul>${SECTIONS.map(([id, title]) => `<li><a href="#${id}">${title}</a></li>`).join('')}</ul></nav>
<main>
<noscript><p>This page is drawn by its own script, which is switched off here. <code>datagen report --json</code> prints the same.</p></noscript>
${SECTIONS.map(([id, title]) => `<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2></section>`).join('\n')}
</main>
<script type="application/json" id="report">${jsonInHtml(report)}</script>
<script>${script.text}</script>
<script type="text/plain" data-columns>${columnsBlock(items, report.dimensions.length, sizes, charLimit(sizes))}</script>
`
  for (const block of rowBlocks(items, charLimit(sizes))) yield `<script type="text/plain" data-rows>${block}</script>\n`
  yield '</body>\n</html>\n'
}

/** No `<` means no end of the element, no comment and no other element, whatever the texts say. */
export function jsonInHtml(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}
