/** What a person does about a model that cannot be asked: by the code of the failure and the model's place in the config. */
import type { ModelSpec } from '../config/dataset.ts'
import { PROVIDERS } from '../config/providers.ts'

type Asked = Pick<ModelSpec, 'name' | 'provider' | 'baseUrl' | 'apiKeyEnv'> & { readonly model?: string }

/** Undefined where the message says it, or where the next build may well find all as it should be. */
export function accessRemedy(model: Asked, code: string): string | undefined {
  const place = `models.${model.name}`
  switch (code) {
    case 'auth':
      return model.apiKeyEnv === undefined
        ? `name the variable that holds its key: apiKeyEnv in ${place}`
        : `put a key that is valid there into ${model.apiKeyEnv}`
    case 'quota':
      return `look at the account that ${place} is billed to: credit, spending limit`
    case 'unknown-model':
      return model.provider === 'ollama'
        ? `\`ollama pull ${model.model ?? ''}\` fetches it; \`datagen doctor\` says what is there`
        : `\`datagen doctor\` says which models the server has; correct \`use\` in ${place}`
    case 'not-found':
      return isOwn(model) && !VERSIONED.test(model.baseUrl ?? '')
        ? `correct \`baseUrl\` in ${place}: that of most servers ends in /v1`
        : undefined
    case 'redirect':
      return `correct the address of ${place}`
    case 'long-wait':
      return 'what was answered is kept: build again then'
    case 'proxy':
      return 'the address in HTTPS_PROXY or HTTP_PROXY may have `user:password@`'
    case 'proxy-unreachable':
      return 'start it, correct HTTPS_PROXY or HTTP_PROXY, or name the host in NO_PROXY'
    case 'tls':
      return 'for a certificate authority of your own, name its file in NODE_EXTRA_CA_CERTS'
    case 'unknown-host':
    case 'dns':
    case 'unreachable':
      return isOwn(model) ? `correct \`baseUrl\` in ${place}, or look at the network` : NETWORK
    case 'connection-refused':
    case 'connect-timeout':
    case 'server-down':
      return isOwn(model) ? `start it, or correct \`baseUrl\` in ${place}` : NETWORK
    default:
      return undefined
  }
}

const VERSIONED = /\/v\d+\w*\/?$/

const NETWORK = 'look at the network; behind a proxy set HTTPS_PROXY'

/** A server of one's own, or one at an address of one's own. */
function isOwn({ provider, baseUrl }: Asked): boolean {
  return PROVIDERS[provider]?.local === true || baseUrl !== PROVIDERS[provider]?.baseUrl
}
