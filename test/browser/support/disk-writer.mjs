// Writes to the file of its first argument and waits for the disk, again and again, until it is ended.
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'

const piece = Buffer.alloc(4 * 1024 * 1024, 1)
const file = openSync(process.argv[2], 'w')
process.on('exit', () => closeSync(file))
process.on('disconnect', () => process.exit())
write()
process.send('busy')

function write() {
  writeSync(file, piece, 0, piece.length, 0)
  fsyncSync(file)
  // Lets this process notice when its parent has ended.
  setImmediate(write)
}
