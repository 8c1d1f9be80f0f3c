import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startProxy } from '../../demo/cluster/proxy.ts'

describe('the proxy', () => {
  test('lets the instances take turns', async () => {
    const names = ['a', 'b', 'c']
    const url = await before(...names.map((name) => answering(name)))
    const answers: string[] = []
    for (let n = 0; n < 6; n++) answers.push(await text(url))
    expect(answers).toEqual([...names, ...names])
  })

  test('passes on the request with the address of its client, whatever the client claims', async () => {
    const url = await before((request, response) => {
      const { host, cookie, te } = request.headers
      const { 'x-forwarded-for': from, 'x-demo': demo } = request.headers
      response.setHeader('set-cookie', ['a=1; HttpOnly', 'b=2; HttpOnly'])
      response.end(JSON.stringify({ host, cookie, te, from, demo, path: request.url }))
    })
    const headers = { cookie: 'rt=secret', 'x-demo': 'yes', 'x-forwarded-for': '6.6.6.6' }
    const response = await fetch(`${url}/auth/me?a=b%20c`, { headers })
    expect(response.headers.getSetCookie()).toEqual(['a=1; HttpOnly', 'b=2; HttpOnly'])
    const { from, ...seen } = (await response.json()) as { from: string }
    expect(from).toMatch(/^(::ffff:)?127\.0\.0\.1$/)
    expect(seen).toEqual({
      host: new URL(url).host,
      cookie: 'rt=secret',
      demo: 'yes',
      path: '/auth/me?a=b%20c',
    })
  })

  const ways = [
    ['a safe request', {}],
    ['a request with an idempotency key', { method: 'POST', headers: { 'idempotency-key': 'k' } }],
  ] as const
  test.each(ways)('sends %s to the next instance if one dies over it', async (_, init) => {
    const url = await before(dying(), answering('alive'))
    expect(await text(url, { ...init, ...('method' in init && { body: 'same body' }) })).toBe(
      'method' in init ? 'alive same body' : 'alive',
    )
  })

  test('does not repeat a request that may have had its effect', async () => {
    const url = await before(dying(), answering('alive'))
    const response = await fetch(url, { method: 'POST', body: 'pay' })
    expect(response.status).toBe(502)
    expect(await text(url, { method: 'POST', body: 'pay' })).toBe('alive pay')
  })

  test('asks the next instance for anything that a dead one cannot have got', async () => {
    const dead = createServer().listen(0)
    await once(dead, 'listening')
    const { port } = dead.address() as AddressInfo
    dead.close()
    await once(dead, 'close')
    const url = await before(new URL(`http://localhost:${port}`), answering('alive'))
    for (const body of ['one', 'two', 'three'])
      expect(await text(url, { method: 'POST', body })).toBe(`alive ${body}`)
  })

  test('says to come back when no instance lives', async () => {
    const response = await fetch(await before(dying(), dying()))
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('1')
  })

  test('passes an event stream on as it comes, and ends it when its reader goes', async () => {
    const sent = Promise.withResolvers<(text: string) => void>()
    const gone = Promise.withResolvers<boolean>()
    const url = await before((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      response.once('close', () => gone.resolve(true))
      sent.resolve((text) => void response.write(text))
    })
    const reader = (await fetch(url)).body?.getReader()
    const send = await sent.promise
    for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
      send(event)
      const { value } = (await reader?.read()) ?? {}
      expect(Buffer.from(value ?? []).toString()).toBe(event)
    }
    await reader?.cancel()
    expect(await gone.promise).toBe(true)
  })

  test('breaks an answer off where its instance did', async () => {
    const url = await before((_, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('half', () => response.destroy())
    }, answering('never asked'))
    await expect(text(url)).rejects.toThrow()
  })

  test('takes no body that it could not keep for a second try', async () => {
    const url = await before(answering('alive'))
    const response = await fetch(url, { method: 'POST', body: 'x'.repeat(1024 * 1024 + 1) })
    expect(response.status).toBe(413)
  })
})

/** Starts a proxy before instances that do this. */
async function before(...instances: readonly (RequestListener | URL)[]): Promise<string> {
  const targets: URL[] = []
  for (const instance of instances) {
    if (instance instanceof URL) {
      targets.push(instance)
      continue
    }
    const server = createServer(instance).listen(0)
    await once(server, 'listening')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    targets.push(new URL(`http://localhost:${(server.address() as AddressInfo).port}`))
  }
  const proxy = await startProxy({ port: 0, targets })
  onTestFinished(() => proxy.close())
  return proxy.url
}

function answering(name: string): RequestListener {
  return (request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (part: string) => (body += part))
    request.on('end', () => response.end(`${name} ${body}`.trim()))
  }
}

/** Takes a request, and the connection breaks. */
function dying(): RequestListener {
  return (request) => void request.resume().on('end', () => request.socket.destroy())
}

async function text(url: string, init?: RequestInit): Promise<string> {
  return (await fetch(url, init)).text()
}
