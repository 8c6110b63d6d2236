/** What is worth a remark in any text, whatever platform it goes to. */
import type { Findings } from './findings.ts'

/** Control tokens of common chat templates: inside a text they end a turn or begin another. */
const SPECIAL =
  /<\|(?:im_start|im_end|im_sep|endoftext|eot_id|start_header_id|end_header_id|begin_of_text|end_of_text|start|end|message|channel|return|call|user|assistant|system|eom_id|python_tag)\|>|\[\/?INST\]|<<\/?SYS>>|<\/?s>(?![a-z])|<(?:start|end)_of_turn>|<｜[^｜\s]{1,40}｜>/
/** Single braces are left alone: they are Python, JSON and JavaScript. */
const PLACEHOLDER =
  /\{\{ ?[A-Za-z_][\w.]{0,40} ?\}\}|\[(?:TEMPLATE|INSERT|PLACEHOLDER|YOUR NAME)\b[^\]\n]{0,60}\]?|\bas an AI language model\b/i

/** `answer`: a text that is learnt. */
export function checkText(text: string, path: string, answer: boolean, findings: Findings): void {
  if (answer && text !== '' && text.trim() !== text && text.trim() !== '')
    findings.add('W_WS', path, `the text ${/^\s/.test(text) ? 'begins' : 'ends'} with white space`, 'the model learns it')
  const special = SPECIAL.exec(text)
  if (special) findings.add('W_SPECIAL', path, `the text holds ${JSON.stringify(special[0])}`, 'templates read it as the border of a turn')
  if (answer) {
    const placeholder = PLACEHOLDER.exec(text)
    if (placeholder) findings.add('W_PLACEHOLDER', path, `the text holds ${JSON.stringify(placeholder[0])}`)
  }
  if (!text.isWellFormed()) findings.add('W_SURROGATE', path, 'the text holds half a character', 'most loaders cannot write it as UTF-8')
}
