/** Loads the live screen: the only way to React and Ink, taken when there is something to draw. */
import { createRequire } from 'node:module'

/**
 * React decides at its first load, by NODE_ENV, whether it is the slow build with checks. Its packages are
 * CommonJS, so they can be loaded between two synchronous assignments: no child process ever sees the change.
 */
export async function loadApp(env: { NODE_ENV?: string | undefined } | undefined) {
  if (env) {
    const before = env.NODE_ENV
    env.NODE_ENV = 'production'
    try {
      const require = createRequire(import.meta.url)
      require('react')
      require('react/jsx-runtime')
      const ofInk = createRequire(require.resolve('ink'))
      ofInk('react-reconciler')
      ofInk('react-reconciler/constants.js')
    } finally {
      if (before === undefined) delete env.NODE_ENV
      else env.NODE_ENV = before
    }
  }
  return import('./app.tsx')
}
