import { cpus, loadavg } from 'node:os'

/** What a reader has to know of the machine to judge figures by: two busy cores are not two idle ones. */
export function machine(): string {
  const [model = 'unknown processor'] = cpus().map((cpu) => cpu.model)
  return `Node.js ${process.version}, ${cpus().length} cores (${model.trim()}), ${load()}`
}

/** How busy the machine is at the moment. */
export function load(): string {
  return `load average ${(loadavg()[0] ?? NaN).toFixed(2)}`
}
