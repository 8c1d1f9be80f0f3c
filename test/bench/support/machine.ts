import { cpus, loadavg } from 'node:os'

/** What a reader needs to know of the machine to judge the figures: two busy cores are not two idle ones. */
export function machine(): string {
  const [model = 'unknown processor'] = cpus().map((cpu) => cpu.model)
  return `Node.js ${process.version}, ${cpus().length} cores (${model.trim()}), ${load()}`
}

/** How busy the machine is now. */
export function load(): string {
  return `load average ${(loadavg()[0] ?? NaN).toFixed(2)}`
}
