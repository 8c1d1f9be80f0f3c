#!/usr/bin/env node
// The command of the package. Exits with 0 if the server keeps the contract, 1 if it does not, 2 if it could not be asked.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { checkServer, formatReport } from 'latchkey/testing'

const USAGE = `Usage: latchkey check-server URL --user NAME --password-env VARIABLE [OPTION ...]

Checks from outside, promise by promise, that the auth server at URL, such as https://app.example/auth, keeps the
contract that rotation relies on. It signs in and out some forty times: use an account made for it.

  --user NAME             who signs in
  --password-env NAME     the environment variable that holds the password
  --password-file FILE    the file that holds it, instead
  --field NAME=VALUE      one more member of the login's body, such as delivery=body
  --header 'NAME: VALUE'  instead of 'x-requested-with: latchkey'
  --origin ORIGIN         another origin whose pages the server is to serve, such as https://app.example
  --api URL               a URL of the API, or its path, which answers a GET with an access token
  --login-path PATH, --refresh-path PATH, --logout-path PATH
                          below the URL; /login, /refresh and /logout by default
  --json                  the report as JSON
`

process.exitCode = await main(process.argv.slice(2))

async function main(args) {
  let request
  try {
    request = readRequest(args)
  } catch (error) {
    console.error(`${error.message}\n\n${USAGE}`)
    return 2
  }
  if (request === 'help') {
    console.log(USAGE)
    return 0
  }
  try {
    const report = await checkServer(request.url, request.credentials, request.options)
    console.log(request.json ? JSON.stringify(report, null, 2) : formatReport(report))
    return report.passed ? 0 : 1
  } catch (error) {
    const { cause } = error
    console.error(cause?.code ? `${error.message} (${cause.code})` : error.message)
    return 2
  }
}

/** What is asked for. Throws an error that says what is wrong with it. */
function readRequest(args) {
  const text = { type: 'string' }
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      user: text,
      'password-env': text,
      'password-file': text,
      field: { ...text, multiple: true },
      header: { ...text, multiple: true },
      origin: text,
      api: text,
      'login-path': text,
      'refresh-path': text,
      'logout-path': text,
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return 'help'
  const [command, url, ...rest] = positionals
  if (command !== 'check-server') throw new Error('The one command there is is check-server.')
  if (!url || rest.length > 0) throw new Error('One URL is needed.')
  if (!values.user) throw new Error('--user is needed.')
  const paths = ['login', 'refresh', 'logout'].map((name) => [name, values[`${name}-path`]])
  return {
    url,
    json: values.json,
    credentials: {
      username: values.user,
      password: readPassword(values),
      ...pairs(values.field, '=', '--field'),
    },
    options: {
      origin: values.origin,
      api: values.api,
      headers: values.header && pairs(values.header, ':', '--header'),
      paths: Object.fromEntries(paths.filter(([, path]) => path !== undefined)),
    },
  }
}

/** Not from an argument: those are seen by every user of the machine, and kept in the history of the shell. */
function readPassword({ 'password-env': variable, 'password-file': file }) {
  if (file) return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  if (!variable) throw new Error('--password-env or --password-file is needed.')
  const password = process.env[variable]
  if (!password) throw new Error(`The environment variable ${variable} is not set.`)
  return password
}

function pairs(lines = [], separator, option) {
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf(separator)
      if (at < 1) throw new Error(`${option} must be NAME${separator}VALUE.`)
      return [line.slice(0, at).trim(), line.slice(at + 1).trim()]
    }),
  )
}
