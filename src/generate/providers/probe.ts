/** Whether a model server answers at an address, and with which models. */

// An answer larger than this is no list of models.
const MAX_BYTES = 1024 * 1024

/** Model ids by `GET {baseUrl}/models`, or undefined when nothing sensible answers in time. Never throws; sends no key. */
export function probeModels(baseUrl: string, timeoutMs = 300): Promise<string[] | undefined> {
  return new Promise((resolve) => {
    if (!URL.canParse(baseUrl) || new URL(baseUrl).protocol !== 'http:') return resolve(undefined)
    // Imported, it would be loaded by every command, and with it all that it exports: 10 ms.
    const { request } = process.getBuiltinModule('node:http')
    const asking = request(`${baseUrl.replace(/\/+$/, '')}/models`, { agent: false, headers: { accept: 'application/json' } })
    const finish = (models: string[] | undefined) => {
      clearTimeout(deadline)
      asking.destroy()
      resolve(models)
    }
    const deadline = setTimeout(() => finish(undefined), timeoutMs)
    asking.on('error', () => finish(undefined))
    asking.on('response', (answer) => {
      if (answer.statusCode !== 200) return finish(undefined)
      const chunks: Buffer[] = []
      let size = 0
      answer.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > MAX_BYTES) return finish(undefined)
        chunks.push(chunk)
      })
      answer.on('error', () => finish(undefined))
      answer.on('end', () => finish(modelIds(Buffer.concat(chunks).toString())))
    })
    asking.end()
  })
}

function modelIds(text: string): string[] | undefined {
  try {
    const body = JSON.parse(text) as { data?: unknown } | null
    if (!Array.isArray(body?.data)) return undefined
    return body.data.flatMap((model: { id?: unknown } | null) => (typeof model?.id === 'string' ? [model.id] : []))
  } catch {
    return undefined
  }
}
