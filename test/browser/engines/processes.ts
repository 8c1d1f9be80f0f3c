import { execFileSync } from 'node:child_process'

interface Process {
  readonly pid: number
  readonly parent: number
  readonly command: string
}

/** The processes below `root` whose command line matches, however far below. */
export function processesBelow(root: number, command: RegExp): number[] {
  const all = processes()
  const found: number[] = []
  let parents = new Set([root])
  while (parents.size > 0) {
    const children = all.filter(({ parent }) => parents.has(parent))
    found.push(...children.filter((child) => command.test(child.command)).map(({ pid }) => pid))
    parents = new Set(children.map(({ pid }) => pid))
  }
  return found
}

/** Ends a process without giving it a chance to clean up. One that is gone already is all right. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

function processes(): Process[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n')
  return lines.flatMap((line) => {
    const [, pid, parent, command] = /^ *(\d+) +(\d+) (.*)$/.exec(line) ?? []
    return command === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }]
  })
}
