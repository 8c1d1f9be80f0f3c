// Loaded before a server: lets the script that has started it move the server's clock forward, and ends it with that script.
const { now } = Date
let aheadMs = 0

globalThis.Date = new Proxy(Date, {
  get: (target, name) => (name === 'now' ? () => now() + aheadMs : Reflect.get(target, name)),
  apply: (target) => new target(now() + aheadMs).toString(),
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now() + aheadMs] : args, newTarget),
})

process.on('message', (message) => {
  aheadMs = message.aheadMs
  process.send({ aheadMs })
})
process.on('disconnect', () => process.exit())
