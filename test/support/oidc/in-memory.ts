import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider'

/** What the provider keeps of one kind of thing. The provider checks the expiry itself. */
export class InMemory implements Adapter {
  readonly #name: string
  readonly #all: Map<string, AdapterPayload>

  /** Creates a store for one provider. The one that comes with it is small, and shared by all providers of a process. */
  static store(): AdapterFactory {
    const all = new Map<string, AdapterPayload>()
    return (name) => new InMemory(name, all)
  }

  private constructor(name: string, all: Map<string, AdapterPayload>) {
    this.#name = name
    this.#all = all
  }

  #key(id: string): string {
    return `${this.#name}:${id}`
  }

  #findBy(matches: (payload: AdapterPayload) => boolean): Promise<AdapterPayload | undefined> {
    const mine = [...this.#all].filter(([key]) => key.startsWith(`${this.#name}:`))
    return Promise.resolve(mine.find(([, payload]) => matches(payload))?.[1])
  }

  upsert(id: string, payload: AdapterPayload): Promise<void> {
    this.#all.set(this.#key(id), payload)
    return Promise.resolve()
  }

  find(id: string): Promise<AdapterPayload | undefined> {
    return Promise.resolve(this.#all.get(this.#key(id)))
  }

  findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.#findBy((payload) => payload.uid === uid)
  }

  findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.#findBy((payload) => payload.userCode === userCode)
  }

  consume(id: string): Promise<void> {
    const payload = this.#all.get(this.#key(id))
    // Reading it, checking whether it was consumed and consuming it happen in one task.
    if (payload) this.#all.set(this.#key(id), { ...payload, consumed: true })
    return Promise.resolve()
  }

  destroy(id: string): Promise<void> {
    this.#all.delete(this.#key(id))
    return Promise.resolve()
  }

  revokeByGrantId(grantId: string): Promise<void> {
    for (const [key, payload] of this.#all) if (payload.grantId === grantId) this.#all.delete(key)
    return Promise.resolve()
  }
}
