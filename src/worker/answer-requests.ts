import { sleep } from '../core/time/sleep.ts'
import { posted, readRequest, type Introduction, type Reply } from '../core/worker/messages.ts'
import { endpointResolver } from '../fetch/endpoint-url.ts'
import type { Ports } from '../ports.ts'
import {
  openRefreshService,
  type RefreshService,
  type RefreshServiceOptions,
} from './refresh-service.ts'

const ALIVE_EVERY_MS = 500

/**
 * Answers one message, by any number of calls of `reply`. Resolves when the last answer was given, and never rejects;
 * `undefined` if the message is not meant for latchkey.
 */
export type AnswerRequest = (
  message: unknown,
  reply: (message: unknown) => void,
) => Promise<void> | undefined

/** Creates what answers the tabs of a worker. It keeps a service for each session that they name. */
export function createAnswers(options: RefreshServiceOptions, ports: Ports): AnswerRequest {
  const services = new Map<string, RefreshService>()

  function serviceOf(introduction: Introduction): RefreshService {
    const { name, base } = introduction
    const service = services.get(name) ?? openRefreshService(introduction, options, ports)
    services.set(name, service)
    service.setBase(base)
    return service
  }

  /** Whether the page and this worker mean the same server, and keep tokens in the same way. */
  function isOurs({ transport, storage, base }: Introduction): boolean {
    const resolve = endpointResolver({ origin: ports.page.origin, base })
    return transport === resolve(options.transport.id) && storage === options.storage.kind
  }

  return function answer(message, reply) {
    const request = readRequest(message)
    if (!request) return undefined
    const say = (word: Reply): void => reply(posted(word))

    async function work(): Promise<void> {
      if (request === 'of another release')
        return say({ type: 'refused', because: 'other-release' })
      if (!request) return
      if (!isOurs(request)) return say({ type: 'refused', because: 'other-session' })
      const service = serviceOf(request)
      say({ type: 'alive' })
      if (request.type === 'hello') return
      const done = new AbortController()
      const beating = beat(done.signal, say)
      try {
        say(await service.refresh(request.session, request.used))
      } catch (error) {
        // A worker that went on saying that it is alive would be waited for.
        ports.report(error)
        say({ type: 'over' })
      } finally {
        done.abort()
      }
      await beating
    }
    return work()
  }

  /** Says that the worker is alive until `over` aborts. */
  async function beat(over: AbortSignal, say: (word: Reply) => void): Promise<void> {
    for (;;) {
      await sleep(ports.clock, ALIVE_EVERY_MS, over)
      if (over.aborted) return
      say({ type: 'alive' })
    }
  }
}
