/** Light, dark, or as the system has it. */
import { el } from './dom.js'

const KEY = 'datagen-report-theme'
const THEMES = ['system', 'light', 'dark']

export function themeSwitch() {
  const chosen = remembered()
  const select = /** @type {HTMLSelectElement} */ (
    el('select', { id: 'theme' }, ...THEMES.map((theme) => el('option', { value: theme, selected: theme === chosen }, theme)))
  )
  apply(chosen)
  select.addEventListener('change', () => {
    apply(select.value)
    try {
      localStorage.setItem(KEY, select.value)
    } catch {
      // Pages from files may have no storage: then the choice lasts as long as the page.
    }
  })
  return el('label', { class: 'theme' }, 'Theme', select)
}

/** @param {string} theme */
function apply(theme) {
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
}

function remembered() {
  try {
    const theme = localStorage.getItem(KEY)
    return theme !== null && THEMES.includes(theme) ? theme : 'system'
  } catch {
    return 'system'
  }
}
